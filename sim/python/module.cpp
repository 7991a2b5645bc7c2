// The module itself: what Python calls when it is imported.
#include "python/bindings.hpp"

PYBIND11_MODULE(_core, module) {
    module.doc() = "The library behind crossbar_sim.";
    crossbar::python::bind_settings(module);
    crossbar::python::bind_session(module);
}
