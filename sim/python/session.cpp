// Sessions for Python. Training and tests let other threads of Python run meanwhile; a session that
// another thread is using is refused, not waited for. Ctrl-C ends training after the batch: the
// session is then as if it had been stopped by a callback, and can go on.
#include "crossbar/session.hpp"

#include <pybind11/stl.h>

#include <chrono>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "crossbar/deploy.hpp"
#include "crossbar/error.hpp"
#include "python/bindings.hpp"

namespace crossbar::python {
namespace {

// A session and who uses it.
struct Held {
    Session session;
    std::optional<std::thread::id> user = {};
};

// While it lives, the session is this thread's. Made and ended with Python's lock held, which
// guards `user`.
class Use {
  public:
    explicit Use(Held& held) : held_(held), outer_(held.user.has_value()) {
        if (outer_ && held.user != std::this_thread::get_id())
            throw LogicError("another thread is using this session; wait for it to end");
        held.user = std::this_thread::get_id();
    }
    ~Use() {
        if (!outer_) held_.user.reset();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

  private:
    Held& held_;
    bool outer_;  // a call from a callback of this thread's own training
};

// Calls `work` with Python's lock given up.
template <typename Work>
auto apart(Held& held, const Work& work) {
    const Use use(held);
    const py::gil_scoped_release release;
    return work();
}

// What training calls back: functions of Python, and its signals. An exception in one ends training
// after the batch, and is thrown then.
class Watcher {
  public:
    Watcher(py::object batch, py::object epoch)
        : batch_(std::move(batch)), epoch_(std::move(epoch)) {}

    TrainingCalls calls() {
        TrainingCalls calls;
        calls.batch = [this](const Standing& standing) { return batch(standing); };
        calls.epoch = [this](const Standing& standing) {
            const py::gil_scoped_acquire lock;
            return told(epoch_, standing);
        };
        return calls;
    }
    // With Python's lock held.
    void raise() {
        if (error_) throw py::error_already_set(*error_);
    }

  private:
    // Python's lock is not asked for after every short batch for the sake of signals alone.
    bool batch(const Standing& standing) {
        const Clock::time_point now = Clock::now();
        if (batch_.is_none() && now - looked_ < std::chrono::milliseconds(50)) return true;
        looked_ = now;
        const py::gil_scoped_acquire lock;
        if (PyErr_CheckSignals() != 0) return failed(py::error_already_set());
        return told(batch_, standing);
    }
    bool told(const py::object& call, const Standing& standing) try {
        if (call.is_none() || error_) return !error_;
        return !call(standing).is(py::bool_(false));
    } catch (py::error_already_set& error) {
        return failed(error);
    }
    bool failed(const py::error_already_set& error) {
        error_.emplace(error);
        return false;
    }

    py::object batch_, epoch_;  // None: none
    std::optional<py::error_already_set> error_;
    Clock::time_point looked_ = Clock::now();
};

template <typename Train>
void train(Held& held, const py::object& batch, const py::object& epoch, const Train& run) {
    Watcher watcher(batch, epoch);
    apart(held, [&] {
        run(held.session, watcher.calls());
        return 0;
    });
    watcher.raise();
}

py::dict layer_of(const LayerView& view, const py::handle& owner) {
    py::dict layer, state;
    layer["text"] = view.text;
    layer["outputs"] = view.outputs;
    layer["inputs"] = view.inputs;
    layer["bits"] = view.bits;
    layer["exponent"] = view.exponent;
    layer["pulses"] = view.pulses;
    layer["at_bound"] = view.at_bound;
    layer["signs_agree"] = view.signs_agree;
    layer["signs_counted"] = view.signs_counted;
    for (const FieldView& field : view.state)
        state[field.name.c_str()] = array_of(field, owner);
    layer["state"] = state;
    return layer;
}

py::list layers_of(const py::object& self) {
    auto& held = self.cast<Held&>();
    const Use use(held);
    py::list layers;
    for (const LayerView& view : held.session.layers())
        layers.append(layer_of(view, self));
    return layers;
}

// Images that fit the network, as the library takes them. Other shapes may have as many pixels.
std::span<const std::uint8_t> fitting(const Held& held, const Pixels& images) {
    const Shape shape = held.session.image_shape();
    if (images.ndim() != 4 || images.shape(1) != shape.height || images.shape(2) != shape.width ||
        images.shape(3) != shape.channels)
        throw Error("images of shape " + std::string(py::str(images.attr("shape"))) +
                    ": expected any number of " + std::to_string(shape.height) + " x " +
                    std::to_string(shape.width) + " x " + std::to_string(shape.channels));
    return {images.data(), static_cast<std::size_t>(images.size())};
}

// (text, exponent, values) of each stage; the classifier is made for the call.
py::list activations_of(Held& held, const Pixels& images) {
    const auto count = static_cast<std::size_t>(images.shape(0));
    const std::span pixels = fitting(held, images);
    auto stages = apart(held, [&] { return Classifier(held.session).activations(pixels); });
    py::list result;
    for (StageView& stage : stages) {
        const auto text = stage.text;
        const int exponent = stage.exponent;
        result.append(py::make_tuple(text, exponent, array_of(std::move(stage), count)));
    }
    return result;
}

py::array_t<float> logits_of(Held& held, const Pixels& images) {
    const std::span pixels = fitting(held, images);
    const std::vector<float> logits =
        apart(held, [&] { return Classifier(held.session).logits(pixels); });
    const auto count = images.shape(0);
    const auto classes = count == 0 ? 0 : static_cast<py::ssize_t>(logits.size()) / count;
    return py::array_t<float>({count, classes}, logits.data());
}

py::array confusion_of(const TestResult& result) {
    py::ssize_t classes = 0;
    while (classes * classes < static_cast<py::ssize_t>(result.confusion.size()))
        ++classes;
    return py::array_t<std::uint64_t>({classes, classes}, result.confusion.data());
}

void bind_results(py::module_& module) {
    py::class_<Figures>(module, "Figures", "What a stretch of training or a test came to.")
        .def_readonly("images", &Figures::images)
        .def_readonly("wrong", &Figures::wrong, "Images whose largest logit is not the label's.")
        .def_readonly("loss", &Figures::loss, "Mean cross-entropy, nats.")
        .def_property_readonly("error_percent", &Figures::error_percent);
    py::class_<TestResult, Figures>(module, "TestResult", "A test.")
        .def_property_readonly("confusion", &confusion_of,
                               "uint64, classes x classes: [label, predicted].");
    py::class_<WrittenResult, TestResult>(module, "WrittenResult",
                                          "A test of the network written into devices.")
        .def_readonly("seconds", &WrittenResult::seconds, "After writing.");
    py::class_<Standing>(module, "Standing", "Where training stands.")
        .def_readonly("epochs", &Standing::epochs, "Finished.")
        .def_readonly("steps", &Standing::steps, "Batches so far.")
        .def_readonly("train", &Standing::train,
                      "Of the epoch under way; in the call after an epoch, of that one.")
        .def_readonly("test", &Standing::test, "After the last finished epoch.")
        .def_readonly("pulses", &Standing::pulses, "Sent in the last finished epoch.");
    py::class_<Alignment>(module, "Alignment",
                          "A layer's gradient through its feedback synapses beside the true one.")
        .def_readonly("text", &Alignment::text, "Of the layer.")
        .def_readonly("degrees", &Alignment::degrees, "Below 0 where the layer does not learn.")
        .def_readonly("signs_agree", &Alignment::signs_agree,
                      "Share of synapses whose two gradients have one sign.");
}

void bind_carried(py::module_& module) {
    py::class_<CarriedLayer>(module, "CarriedLayer", "What became of a layer's weights.")
        .def_readonly("text", &CarriedLayer::text, "Of the layer.")
        .def_readonly("tensor", &CarriedLayer::from, "Its name.")
        .def_readonly("synapses", &CarriedLayer::synapses)
        .def_readonly("clipped", &CarriedLayer::clipped, "Beyond the largest level.")
        .def_readonly("zeros", &CarriedLayer::zeros)
        .def_readonly("rms_error", &CarriedLayer::rms_error,
                      "Of weights as they are in the array, as a share of their own rms.");
}

using HeldClass = py::class_<Held>;

void bind_making(HeldClass& held) {
    const auto places = [](const std::pair<std::string, std::string>& p) {
        return DataPlaces{p.first, p.second};
    };
    using Places = std::pair<std::string, std::string>;
    held.def_static("of_task",
                    [=](const std::string& task, const Values& settings, const Places& where,
                        const std::string& name, const py::list& arrays) {
                        const Weights weights = weights_of(name, arrays);
                        const py::gil_scoped_release release;
                        return Held{Session(task, settings, places(where), weights)};
                    });
    held.def_static("of_images", [](const Pixels& x, const Labels& y, const Pixels& test_x,
                                    const Labels& test_y, int classes, const Values& settings,
                                    const std::string& name, const py::list& arrays) {
        return Held{Session(dataset_of(x, y, classes), dataset_of(test_x, test_y, classes),
                            settings, weights_of(name, arrays))};
    });
    held.def_static("load",
                    [=](const std::string& path, const Values& changes, const Places& where) {
                        const py::gil_scoped_release release;
                        return Held{Session::load(path, changes, places(where))};
                    });
    held.def_static(
        "load_with_images",
        [](const std::string& path, const Pixels& x, const Labels& y, const Pixels& test_x,
           const Labels& test_y, int classes, const Values& changes) {
            return Held{Session::load(path, dataset_of(x, y, classes),
                                      dataset_of(test_x, test_y, classes), changes)};
        });
    held.def_static("for_test",
                    [=](const std::string& path, const Values& changes, const Places& where) {
                        const py::gil_scoped_release release;
                        return Held{Session::for_test(path, changes, places(where))};
                    });
    held.def_static("for_test_with_images",
                    [](const std::string& path, const Pixels& x, const Labels& y, int classes,
                       const Values& changes) {
                        return Held{Session::for_test(path, dataset_of(x, y, classes), changes)};
                    });
}

void bind_work(HeldClass& held) {
    const auto none = py::none();
    held.def(
        "train",
        [](Held& h, const py::object& batch, const py::object& epoch) {
            train(h, batch, epoch, [](Session& s, const TrainingCalls& c) { s.train(c); });
        },
        py::arg("batch") = none, py::arg("epoch") = none);
    held.def(
        "train_epoch",
        [](Held& h, const py::object& batch, const py::object& epoch) {
            train(h, batch, epoch, [](Session& s, const TrainingCalls& c) { s.train_epoch(c); });
        },
        py::arg("batch") = none, py::arg("epoch") = none);
    held.def("step", [](Held& h) {
        apart(h, [&] {
            h.session.step();
            return 0;
        });
    });
    held.def("evaluate", [](Held& h) { return apart(h, [&] { return h.session.evaluate(); }); });
    held.def("evaluate_images", [](Held& h, const Pixels& x, const Labels& y, int classes) {
        const Dataset images = dataset_of(x, y, classes);
        return apart(h, [&] { return h.session.evaluate(images); });
    });
    held.def("evaluate_written",
             [](Held& h) { return apart(h, [&] { return h.session.evaluate_written(); }); });
    held.def("alignment", [](Held& h) { return apart(h, [&] { return h.session.alignment(); }); });
    held.def("save", [](Held& h, const std::string& path) {
        apart(h, [&] {
            h.session.save(path);
            return 0;
        });
    });
    held.def("activations", &activations_of);
    held.def("logits", &logits_of);
}

}  // namespace

void bind_session(py::module_& module) {
    bind_results(module);
    bind_carried(module);
    HeldClass held(module, "Session");
    bind_making(held);
    bind_work(held);
    const auto look = [](auto what) {
        return [what](Held& h) {
            const Use use(h);
            return what(h.session);
        };
    };
    held.def("layers", &layers_of);
    held.def("finished", look([](const Session& s) { return s.finished(); }));
    held.def("signature", look([](const Session& s) { return s.signature(); }));
    held.def("standing", look([](const Session& s) { return s.standing(); }));
    held.def("carried", look([](const Session& s) { return s.carried(); }));
    held.def("history", look([](const Session& s) { return s.history(); }));
    held.def("notices", look([](const Session& s) { return s.notices(); }));
    held.def("classes", look([](const Session& s) { return s.classes(); }));
    held.def("image_shape", look([](const Session& s) {
                 const Shape shape = s.image_shape();
                 return py::make_tuple(shape.height, shape.width, shape.channels);
             }));
    held.def("settings", look([](const Session& s) { return s.settings(); }));
}

}  // namespace crossbar::python
