// The module crossbar_sim._core: the library for Python, as thin as can be. What is made for people
// (keywords, progress, tables) is Python's own, in crossbar_sim/. Arrays are NumPy's: pixels
// uint8 images x height x width x channels, labels uint16, levels in the type they are held in.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "crossbar/dataset.hpp"
#include "crossbar/network_view.hpp"
#include "crossbar/weights.hpp"

namespace crossbar::python {

namespace py = pybind11;

void bind_settings(py::module_& module);
void bind_session(py::module_& module);

// Copies images and labels. Throws Error where their sizes disagree.
using Pixels = py::array_t<std::uint8_t, py::array::c_style>;
using Labels = py::array_t<std::uint16_t, py::array::c_style>;
Dataset dataset_of(const Pixels& images, const Labels& labels, int classes);

// Of (name, array) pairs; arrays are of floats, whole numbers or bytes, which are a text.
// Copies them.
Weights weights_of(const std::string& name, const py::list& arrays);

// A field as a read-only array that shows the memory of `owner` and keeps it alive; a number as an
// int.
py::object array_of(const FieldView& field, const py::handle& owner);

// Moves the values into an array of images x shape.
py::array array_of(StageView&& stage, std::size_t images);

}  // namespace crossbar::python
