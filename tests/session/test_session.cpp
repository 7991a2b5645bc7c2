// The public API: a session on images in memory goes as the program's runs do, and whatever a
// program outside does wrong is refused. Run under the sanitizers too.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "crossbar/checkpoint.hpp"
#include "crossbar/deploy.hpp"
#include "crossbar/error.hpp"
#include "crossbar/session.hpp"
#include "crossbar/settings.hpp"
#include "crossbar/target.hpp"
#include "crossbar/version.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

// Left or right half bright: what any network learns at once.
Dataset halves(std::size_t count) {
    Dataset set{{8, 8, 1}, 2, {}, {}};
    for (std::size_t i = 0; i < count; ++i) {
        const bool right = i % 2 == 1;
        for (int p = 0; p < 64; ++p)
            set.pixels.push_back(static_cast<std::uint8_t>(
                (p % 8 >= 4) == right
                    ? 250 - static_cast<int>(i % 7) * 5
                    : static_cast<int>(i * 31 + 7 * static_cast<std::size_t>(p)) % 40));
        set.labels.push_back(right ? 1 : 0);
    }
    return set;
}

const Values small{{"network", "fc 6, fc 2"}, {"epochs", "2"}, {"batch", "20"}, {"threads", "1"}};

Values with(const std::string& name, const std::string& value) {
    Values values = small;
    values.emplace_back(name, value);
    return values;
}

Session fresh(const Values& values = small) {
    return Session(halves(200), halves(60), values);
}

struct SavedSession {
    std::string path = (std::filesystem::temp_directory_path() / "crossbar_session.ckpt").string();
    ~SavedSession() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("session: trains on images in memory, and tests", "[session]") {
    Session session = fresh();
    session.train();
    CHECK(session.finished());
    const TestResult result = session.evaluate();
    CHECK(result.images == 60);
    CHECK(result.wrong == 0);
    CHECK(result.confusion == std::vector<std::uint64_t>{30, 0, 0, 30});
    CHECK(session.evaluate(halves(10)).images == 10);
    const Standing standing = session.standing();
    CHECK(standing.epochs == 2);
    CHECK(standing.steps == 20);
    CHECK(standing.test.wrong == 0);
    CHECK(standing.train.images == 200);
}

TEST_CASE("session: by batches, by epochs, stopped by a call, saved and loaded: one signature",
          "[session]") {
    Session whole = fresh(), steps = fresh(), epochs = fresh(), stopped = fresh();
    whole.train();
    while (!steps.finished())
        steps.step();
    while (!epochs.finished())
        epochs.train_epoch();
    int batches = 0, ends = 0;
    stopped.train({[&](const Standing& now) {
                       CHECK(now.steps == static_cast<std::uint64_t>(++batches));
                       return batches != 7;
                   },
                   [&](const Standing&) { return ++ends > 0; }});
    CHECK(batches == 7);
    CHECK(ends == 0);
    const SavedSession file;
    stopped.save(file.path);
    Session loaded = Session::load(file.path, halves(200), halves(60));
    CHECK(loaded.standing().steps == 7);
    loaded.train();
    for (const Session* other : {&steps, &epochs, &loaded})
        CHECK(other->signature() == whole.signature());
    CHECK(whole.signature() != fresh().signature());
}

TEST_CASE("session: an exception of a call passes through, and training goes on from there",
          "[session]") {
    Session whole = fresh(), thrown = fresh();
    whole.train();
    const TrainingCalls calls{[](const Standing& now) -> bool {
                                  if (now.steps == 10) throw std::runtime_error("enough");
                                  return true;
                              },
                              {}};
    CHECK_THROWS_WITH(thrown.train(calls), "enough");
    thrown.train();
    CHECK(thrown.signature() == whole.signature());
}

TEST_CASE("session: layers show levels, and gradients their alignment", "[session]") {
    Session session = fresh(with("weight-bits", "12"));
    session.train_epoch();
    const std::vector<LayerView> layers = session.layers();
    REQUIRE(layers.size() == 2);
    CHECK(layers[0].outputs == 6);
    CHECK(layers[0].inputs == 64);
    CHECK(layers[0].bits == 12);
    CHECK(layers[0].wide.size() == layers[0].size());
    CHECK(layers[0].narrow.empty());
    CHECK(layers[0].feedback.size() == layers[0].size());
    CHECK(layers[0].pulses > 0);
    for (std::size_t i = 0; i < layers[0].size(); ++i)
        CHECK(std::abs(layers[0].level(i)) <= 2047);
    CHECK(fresh().layers()[1].narrow.size() == 12);
    const std::vector<Alignment> alignment = session.alignment();
    REQUIRE(alignment.size() == 2);
    CHECK(alignment[1].degrees == Approx(0).margin(1e-3));  // the last layer's errors cross nothing
    CHECK(alignment[0].degrees >= 0);
    CHECK(alignment[0].degrees < 90);
}

TEST_CASE("session: a classifier answers as the test does, and stays as it was", "[session]") {
    Session session = fresh();
    session.step();
    const Dataset test = halves(450);  // more than one batch of it
    Classifier classifier(session);
    const std::vector<int> before = classifier.classify(test.pixels);
    std::uint64_t wrong = 0;
    for (std::size_t i = 0; i < test.count(); ++i)
        wrong += before[i] != test.labels[i];
    CHECK(wrong == session.evaluate(test).wrong);
    const std::vector<float> logits = classifier.logits(test.pixels);
    REQUIRE(logits.size() == 2 * test.count());
    for (std::size_t i = 0; i < test.count(); ++i)
        CHECK((logits[2 * i + 1] > logits[2 * i] ? 1 : 0) == before[i]);
    session.train();
    CHECK(classifier.classify(test.pixels) == before);
    CHECK(classifier.classify({}).empty());
    CHECK_THROWS_AS(classifier.classify(std::span(test.pixels).first(63)), Error);
}

TEST_CASE("session: a target is a text too, and a checkpoint holds it", "[session]") {
    const std::string device =
        "title = \"mine\"\ncitation = \"none\"\n[device]\npulse = \"level\"\nstuck_random = 0.2\n";
    Session session = fresh(with("target", device));
    session.train();
    CHECK(session.signature() != [] {
        Session plain = fresh();
        plain.train();
        return plain.signature();
    }());
    const SavedSession file;
    session.save(file.path);
    CHECK(Session::load(file.path, halves(200), halves(60)).signature() == session.signature());
    const CheckpointSummary summary = read_checkpoint(file.path);
    CHECK(summary.epochs == 2);
    CHECK(summary.steps == 20);
    CHECK(std::find(summary.settings.begin(), summary.settings.end(),
                    std::pair<std::string, std::string>("target", device)) !=
          summary.settings.end());
    CHECK_THROWS_WITH(
        check_target("title = \"mine\"\ncitation = \"none\"\n[device]\nstuck_randm = 0.2\n"),
        Contains("stuck_random"));
    CHECK_THROWS_AS(check_target("no such target"), Error);
}

TEST_CASE("session: wrong images are refused", "[session]") {
    const auto refused = [](const auto& damage, const std::string& why) {
        Dataset set = halves(20);
        damage(set);
        CHECK_THROWS_WITH(Session(set, halves(20), small), Contains(why));
        CHECK_THROWS_WITH(Session(halves(20), set, small), Contains(why));
        Session session = fresh();
        session.step();
        CHECK_THROWS_AS(session.evaluate(set), Error);
    };
    refused([](Dataset& s) { s.labels[3] = 2; }, "image 3 has the label 2");
    refused([](Dataset& s) { s.labels.pop_back(); }, "do not agree");
    refused([](Dataset& s) { s.pixels.pop_back(); }, "do not agree");
    refused(
        [](Dataset& s) {
            s.labels.clear();
            s.pixels.clear();
        },
        "at least one");
    refused([](Dataset& s) { s.shape = {}; }, "expected sides");
    refused([](Dataset& s) { s.shape.height = -8; }, "expected sides");
    refused([](Dataset& s) { s.shape = {1 << 30, 1 << 30, 1 << 30}; }, "expected sides");
    refused([](Dataset& s) { s.classes = 0; }, "classes");
    refused([](Dataset& s) { s.classes = 3; }, "expected the same");
    refused([](Dataset& s) { s.shape = {4, 16, 1}; }, "expected the same");
}

TEST_CASE("session: wrong settings are refused, as the command line does", "[session]") {
    const auto refused = [](const Values& values, const std::string& why) {
        CHECK_THROWS_WITH(fresh(values), Contains(why));
    };
    refused({}, "network");
    refused({{"network", "fc 6, fc 3"}}, "3");
    refused({{"network", "conv 99x99x4, fc 2"}}, "conv 99x99x4");
    refused(with("weigth-bits", "4"), "weight-bits");
    refused(with("weight-bits", "17"), "from 1 to 16");
    refused(with("feedback", "frfs"), "frsf");
    refused(with("target", "pmc"), "pcm");
    refused(with("task", "mnist"), "in memory");
    refused(with("isa", "z80"), "z80");
    CHECK_THROWS_AS(Session("minst"), Error);
    CHECK_THROWS_AS(check_setting("epochs", "-1"), Error);
    CHECK_NOTHROW(check_setting("epochs", "3"));
    CHECK(setting_list().size() > 30);
}

TEST_CASE("session: calls out of turn are refused", "[session]") {
    Session session = fresh();
    CHECK_THROWS_AS(session.evaluate(), LogicError);
    CHECK_THROWS_AS(Classifier(session), LogicError);
    CHECK_THROWS_AS(session.train({{},
                                   [&](const Standing&) {
                                       session.step();
                                       return true;
                                   }}),
                    LogicError);
    session.train();
    CHECK_THROWS_AS(session.train(), LogicError);
    CHECK_THROWS_AS(session.step(), LogicError);
    CHECK_THROWS_AS(fresh(with("epochs", "0")).train(), LogicError);
    CHECK_THROWS_AS(fresh(with("arithmetic", "float")).layers(), Error);
    const Session moved = std::move(session);
    CHECK_THROWS_AS(session.signature(), LogicError);
    CHECK_THROWS_AS(moved.save("/no/such/folder/run.ckpt"), Error);
    CHECK_THROWS_AS(Session::load("/no/such/file.ckpt"), Error);
    const SavedSession file;
    moved.save(file.path);
    CHECK_THROWS_WITH(Session::load(file.path, halves(202), halves(60)), Contains("other images"));
    CHECK_THROWS_WITH(Session::load(file.path, halves(200), halves(60), {{"weight-bits", "4"}}),
                      Contains("contradicts"));
}

TEST_CASE("session: the library is of the version of its headers", "[session]") {
    CHECK(std::string(version()) == CROSSBAR_VERSION);
}

TEST_CASE("session: shows all of a layer's state, where it lies", "[session]") {
    Session session = fresh(with("target", "pcm"));
    session.train_epoch();
    const LayerView layer = session.layers()[0];
    std::map<std::string, FieldView> fields;
    for (const FieldView& field : layer.state)
        fields[field.name] = field;
    REQUIRE(fields.count("levels") + fields.count("trace") + fields.count("wear_1") == 3);
    CHECK(fields["levels"].shape == std::vector<std::size_t>{6, 8, 8, 1});
    const auto levels = std::get<std::span<const std::int8_t>>(fields["levels"].values);
    CHECK(levels.data() == layer.narrow.data());
    CHECK(levels.size() == layer.narrow.size());
    CHECK(std::get<std::span<const std::uint16_t>>(fields["wear_1"].values).size() == 6 * 64);
    CHECK(fields["pulses"].shape.empty());
    CHECK(std::get<std::span<const std::uint64_t>>(fields["pulses"].values)[0] == layer.pulses);
    session.train();
    CHECK(session.layers()[0].narrow.data() == levels.data());
}

TEST_CASE("session: tells past epochs, and what its images are", "[session]") {
    Session session = fresh();
    CHECK(session.history().empty());
    session.train();
    const std::vector<Standing> history = session.history();
    REQUIRE(history.size() == 2);
    CHECK(history[0].epochs == 1);
    CHECK(history[1].train.images == 200);
    CHECK(history[1].test.wrong == session.evaluate().wrong);
    CHECK(session.image_shape() == Shape{8, 8, 1});
    CHECK(session.classes() == 2);
}

TEST_CASE("session: a saved one is tested alone", "[session]") {
    SavedSession saved;
    Session session = fresh();
    session.train();
    session.save(saved.path);
    Session tested = Session::for_test(saved.path, halves(60));
    CHECK(tested.evaluate().wrong == session.evaluate().wrong);
    CHECK(tested.signature() == session.signature());
    CHECK(tested.evaluate_written().empty());
    CHECK_THROWS_WITH(tested.train(), Contains("made for a test"));
    CHECK_THROWS_WITH(Session::for_test(saved.path, Dataset{{8, 8, 1}, 2, {}, {}}),
                      Contains("no test images"));

    // Other hardware: its converters see the images of the test.
    const Session laid =
        Session::for_test(saved.path, halves(60), {{"device", "tiles.adc_bits=12"}});
    CHECK(laid.evaluate().wrong == session.evaluate().wrong);
    CHECK_THROWS_WITH(Session::for_test(saved.path, halves(60), {{"bn-images", "100"}}),
                      Contains("there are test images alone"));
}

TEST_CASE("classifier: stages' outputs are those that the logits come from", "[session]") {
    const Values values{{"network",
                         "conv 3x3x4, bn, max 2x2/2, relu as a, conv 1x1x4, bn, add a, "
                         "avg 3x3/3, fc 2"},
                        {"epochs", "1"},
                        {"batch", "20"}};
    Session session = fresh(values);
    session.train();
    const Dataset images = halves(450);  // more than a test takes at a time
    Classifier classifier(session);
    const std::vector<StageView> stages = classifier.activations(images.pixels);
    std::vector<std::string> names;
    for (const StageView& stage : stages) {
        names.push_back(stage.text);
        CHECK(stage.values.size() == 450 * stage.shape.size());
    }
    CHECK(names == std::vector<std::string>{"image", "conv 3x3x4", "max 2x2/2", "relu",
                                            "conv 1x1x4", "add", "avg 3x3/3"});
    // The last layer by hand.
    const LayerView last = session.layers().back();
    const std::vector<float> logits = classifier.logits(images.pixels);
    const std::vector<std::int8_t>& inputs = stages.back().values;
    const auto depth = static_cast<std::size_t>(last.inputs);
    REQUIRE(inputs.size() == 450 * depth);
    double scale = 0;
    for (std::size_t i = 0; i < 450; ++i)
        for (std::size_t o = 0; o < 2; ++o) {
            int sum = 0;
            for (std::size_t d = 0; d < depth; ++d)
                sum += inputs[i * depth + d] * last.level(o * depth + d);
            const double logit = logits[i * 2 + o];
            if (scale == 0 && sum != 0) scale = logit / sum;
            CHECK(logit == Approx(sum * scale).epsilon(1e-6));
        }
    CHECK(scale > 0);
}
