// A network in training: images, settings, hardware, and where the run stands. One thread at a time
// may use a session, which has threads of its own (setting "threads"); results are the same bits
// for any number of them.
//
//     crossbar::Session session(train, test, {{"network", "conv 5x5x8, max 2x2/2, fc 10"}});
//     session.train();
//     std::cout << session.evaluate().error_percent() << " %\n";
//     session.save("run.ckpt");
//     auto later = crossbar::Session::load("run.ckpt", train, test, {{"epochs", "6"}});
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crossbar/dataset.hpp"
#include "crossbar/export.hpp"
#include "crossbar/network_view.hpp"
#include "crossbar/settings.hpp"
#include "crossbar/weights.hpp"

namespace crossbar {

// Where data lie beside the folder that the setting "data" names; the library reads no environment.
// Empty for nowhere.
struct DataPlaces {
    std::string data;   // what the program has from $CROSSBAR_DATA
    std::string cache;  // where decoded images are kept
};

struct Figures {
    std::uint64_t images = 0;
    std::uint64_t wrong = 0;  // the largest logit is not the label's
    double loss = 0;          // mean cross-entropy
    double error_percent() const {
        return images == 0 ? 0 : 100.0 * static_cast<double>(wrong) / static_cast<double>(images);
    }
};

struct TestResult : Figures {
    std::vector<std::uint64_t> confusion;  // classes x classes: [label][predicted]
};

// A test of the network written into the devices of the target's [inference].
struct WrittenResult : TestResult {
    double seconds = 0;  // after writing
};

// Where training stands.
struct Standing {
    int epochs = 0;            // finished
    std::uint64_t steps = 0;   // batches so far
    Figures train;             // of the epoch under way; in the call after an epoch, of that one
    Figures test;              // after the last finished epoch
    std::uint64_t pulses = 0;  // sent in the last finished epoch
};

// Called after every batch and every epoch. Training stops where one returns false; it goes on with
// the next call of train(), bit for bit as if it had not stopped. A call may look at the session,
// but not train, and an exception passes through.
struct TrainingCalls {
    std::function<bool(const Standing&)> batch, epoch;
};

struct SessionState;

class CROSSBAR_API Session {
  public:
    // Of a task, by name or file, with its own images, network and plan, as the program runs it.
    // Throws Error.
    explicit Session(const std::string& task, const Values& settings = {},
                     const DataPlaces& places = {}, const Weights& weights = {});
    // Of images in memory, which are tested against others. The setting "network" has to be given.
    // Throws Error.
    Session(Dataset train, Dataset test, const Values& settings, const Weights& weights = {});

    // One that was saved goes on, with its settings; `changes` may set what does not change the
    // course of training, and epochs. Images in memory have to be given again, and be the same.
    // Throws Error.
    static Session load(const std::string& path, const Values& changes = {},
                        const DataPlaces& places = {});
    static Session load(const std::string& path, Dataset train, Dataset test,
                        const Values& changes = {});

    // One that was saved, to be tested alone: `changes` may set what a test may have otherwise, as
    // `crossbar_sim help eval` says: task, target, device, data. Throw Error. Converters of another
    // target find their ranges on training images, or on test images that are given alone.
    static Session for_test(const std::string& path, const Values& changes = {},
                            const DataPlaces& places = {});
    static Session for_test(const std::string& path, Dataset test, const Values& changes = {});

    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    // To the end of the last epoch; of the epoch under way; of one batch, and of the epoch where it
    // is its last. After an epoch the network is tested. Throw LogicError where all epochs are
    // done.
    void train(const TrainingCalls& calls = {});
    void train_epoch(const TrainingCalls& calls = {});
    void step();
    bool finished() const;

    // Tests on the test images, or on others of the same size. Throw LogicError where nothing has
    // been trained, and the network did not begin with weights either.
    TestResult evaluate() const;
    TestResult evaluate(const Dataset& images) const;

    // The same of the network written into the devices of the target's [inference], at each moment
    // that the target asks for; none where it has no [inference].
    std::vector<WrittenResult> evaluate_written() const;

    // Whole or not there, as the program's --save. Throws Error.
    void save(const std::string& path) const;

    // 64 bits of all that training has changed: two runs with one signature are the same run.
    std::uint64_t signature() const;
    Standing standing() const;
    std::vector<CarriedLayer> carried() const;  // what became of the weights it began with
    std::vector<Standing> history() const;      // after each finished epoch
    Values settings() const;                    // all of them, as they were settled
    Shape image_shape() const;
    int classes() const;
    std::vector<std::string> notices()
        const;  // what a person should know: stand-in data, fewer threads

    // Throws Error with setting "arithmetic" float, which has no levels.
    std::vector<LayerView> layers() const;
    std::vector<Alignment> alignment() const;

  private:
    friend class Classifier;
    explicit Session(std::unique_ptr<SessionState> state);
    SessionState& state() const;  // throws LogicError where the session has been moved from
    std::unique_ptr<SessionState> state_;
};

}  // namespace crossbar
