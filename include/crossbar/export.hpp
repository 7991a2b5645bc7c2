// What a program outside may use of the shared library; all else in it is hidden.
#pragma once

#define CROSSBAR_API __attribute__((visibility("default")))
