// Where this machine's user keeps data, from the environment.
#pragma once

#include "session/images.hpp"

namespace crossbar::sim {

// $CROSSBAR_DATA, and the program's folder below $XDG_CACHE_HOME or $HOME/.cache.
DataPlaces data_places();

}  // namespace crossbar::sim
