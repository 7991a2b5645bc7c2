// Settings, tasks, targets and saved sessions for Python, and what the library throws.
#include "crossbar/settings.hpp"

#include <pybind11/stl.h>

#include "crossbar/checkpoint.hpp"
#include "crossbar/error.hpp"
#include "crossbar/target.hpp"
#include "crossbar/task.hpp"
#include "crossbar/version.hpp"
#include "python/bindings.hpp"

namespace crossbar::python {

void bind_settings(py::module_& module) {
    py::register_exception<Error>(module, "Error", PyExc_ValueError).doc() =
        "A mistake in a setting, a file or an array: what was seen, what was expected, what to do.";
    py::register_exception<LogicError>(module, "LogicError", PyExc_RuntimeError).doc() =
        "A call that makes no sense where it stands, such as a test before any training.";
    py::class_<SettingHelp>(module, "SettingHelp", "A setting of a run.")
        .def_readonly("name", &SettingHelp::name)
        .def_readonly("value", &SettingHelp::value, "The default, before a task has a say.")
        .def_readonly("help", &SettingHelp::help)
        .def_readonly("kind", &SettingHelp::kind, "integer, number, flag, word, text or integers.")
        .def_readonly("low", &SettingHelp::low)
        .def_readonly("high", &SettingHelp::high, "Of numbers; 0 and 0 where there is no range.")
        .def_readonly("choices", &SettingHelp::choices,
                      "The words allowed; none where any will do.");
    module.def("setting_list", &setting_list);
    module.def("check_setting", &check_setting, py::arg("name"), py::arg("value"));
    module.def("check_target", &check_target, py::arg("target"), py::arg("changes") = "");
    module.def("tasks", &task_names, "Names of the built-in tasks.");
    module.def("targets", &target_names, "Names of the built-in targets.");
    module.def("version", &version);
    py::class_<CheckpointSummary>(module, "CheckpointSummary",
                                  "What a saved session says of itself.")
        .def_readonly("settings", &CheckpointSummary::settings)
        .def_readonly("epochs", &CheckpointSummary::epochs, "Finished.")
        .def_readonly("steps", &CheckpointSummary::steps, "Batches so far.")
        .def_readonly("test_error_percent", &CheckpointSummary::test_error_percent,
                      "After the last finished epoch; below 0 before the first.");
    module.def("read_checkpoint", &read_checkpoint, py::arg("path"));
}

}  // namespace crossbar::python
