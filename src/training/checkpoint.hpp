// A run on disk: its settings (text that only the program understands), its progress, and all of
// the network's state, so that a resumed run goes on bit for bit. It knows a network by its
// visit_state (network/state.hpp) and format_of alone.
//
// Format, little-endian: magic (8 bytes), version (u32), 0 (u32), length of the whole file (u64),
// settings, progress, state, checksum (FNV-1a of all before it, the last 8 bytes in every version).
// Vectors are a u64 count and their elements. Nothing is believed before the checksum agrees
// and each number is in its range.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "network/network.hpp"
#include "network/state.hpp"
#include "training/run.hpp"

namespace crossbar {

struct Checkpoint {
    std::string path;  // for messages
    std::uint32_t version = 0;
    std::string settings;
    Progress progress;
    std::string state;  // the network's part, as it stands in the file
};

// Takes the bytes of a file, one piece after the other.
using PutPiece = std::function<void(std::string_view)>;

// Fields into bytes, which it counts and hands on in pieces; none is a copy of a whole array.
class StateWriter {
  public:
    explicit StateWriter(const PutPiece& put) : put_(put) {}

    template <typename T>
    void operator()(const std::string&, const auto&, const T& data) {
        if constexpr (std::is_arithmetic_v<T>)
            number(data);
        else
            array(data);
    }
    template <typename T>
    requires std::is_arithmetic_v<T>
    void number(T value) { bytes({reinterpret_cast<const char*>(&value), sizeof value}); }
    void array(const auto& values) {  // a vector or a text
        number(std::uint64_t{values.size()});
        bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]});
    }
    void bytes(std::string_view piece);
    void flush();
    std::uint64_t size() const { return size_; }
    std::uint64_t checksum() const { return checksum_; }  // of all that was handed on

  private:
    void hand_on(std::string_view piece);

    const PutPiece& put_;
    std::string waiting_;
    std::uint64_t size_ = 0, checksum_ = fingerprint_start;
};

// Bytes into fields. Throws Error where they end early, hold another number of values than the
// network, or a value beyond its field's range.
class StateReader {
  public:
    StateReader(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

    template <typename Field, typename T>
    void operator()(const std::string& owner, const Field& field, T& data) {
        const std::string what = owner.empty() ? field.name : owner + ", " + field.name;
        if constexpr (std::is_arithmetic_v<T>) {
            number(data);
            check(what, field, data);
        } else {
            array(what, data);
            for (const auto value : data)
                check(what, field, value);
        }
    }
    template <typename T>
    void number(T& value) {
        if constexpr (std::is_same_v<T, bool>)
            value = *piece(1) != 0;  // no other byte is a bool
        else
            std::memcpy(&value, piece(sizeof value), sizeof value);
    }
    std::uint64_t count() {
        std::uint64_t value = 0;
        number(value);
        return value;
    }
    std::string text();
    std::string_view rest() const { return bytes_.substr(at_); }

  private:
    template <typename T>
    void array(const std::string& what, std::vector<T>& values) {
        const std::uint64_t found = count();
        if (found != values.size())
            fail("{}: this checkpoint is of another network: {} has {} values, expected {}", path_,
                 what, found, values.size());
        if (found != 0) std::memcpy(values.data(), piece(found * sizeof(T)), found * sizeof(T));
    }
    template <typename Bound, typename T>
    void check(const std::string& what, const StateField<Bound>& field, T value) const {
        bool inside = false;
        if constexpr (std::is_floating_point_v<Bound>)
            inside = value >= field.low && value <= field.high;
        else
            inside =
                std::cmp_less_equal(field.low, +value) && std::cmp_less_equal(+value, field.high);
        if (!inside)
            fail(
                "{}: this checkpoint holds what training cannot produce: {} is {}, expected {} to "
                "{}",
                path_, what, +value, field.low, field.high);
        if (value == 0 && !field.zero)
            fail("{}: this checkpoint has a 0 in {}, expected -1 or 1", path_, what);
    }
    const char* piece(std::uint64_t bytes);

    const std::string& path_;
    std::string_view bytes_;
    std::size_t at_ = 0;
};

// What tells networks of one shape apart, e.g. "fixed 8 8".
std::string format_of(const Network& network);

// The file of a network whose state is written by `state`.
void write_checkpoint(const std::string& settings, const Progress& progress,
                      const std::function<void(StateWriter&)>& state, const PutPiece& put);

template <typename AnyNetwork>
void write_checkpoint(const std::string& settings, const Progress& progress,
                      const AnyNetwork& network, const PutPiece& put) {
    const std::function<void(StateWriter&)> state = [&](StateWriter& out) {
        out.array(format_of(network));
        visit_state(network, out);
    };
    write_checkpoint(settings, progress, state, put);
}

// The bytes of a small file.
template <typename AnyNetwork>
std::string checkpoint_of(const std::string& settings, const Progress& progress,
                          const AnyNetwork& network) {
    std::string bytes;
    write_checkpoint(settings, progress, network,
                     [&bytes](std::string_view piece) { bytes += piece; });
    return bytes;
}

// Reads a file. Throws Error when it is missing, empty, truncated, foreign, damaged or newer, or
// when its progress is none that training makes.
Checkpoint load_checkpoint(const std::string& path);

// What only the whole can tell: the state's end, the pulses that progress counts, device levels
// that make up the weights.
void check_format(const Checkpoint& checkpoint, const std::string& found,
                  const std::string& expected);
void check_restored(const Checkpoint& checkpoint, const StateReader& in, std::size_t layers,
                    std::uint64_t pulses);
void check_devices(const Checkpoint& checkpoint, const Network& network);

// Puts the state into a network that was made with the same settings. Throws Error where a size
// does not agree with it, or a number is beyond its range; the network is then of no use.
template <typename AnyNetwork>
void restore(const Checkpoint& checkpoint, AnyNetwork& network) {
    StateReader in(checkpoint.path, checkpoint.state);
    check_format(checkpoint, in.text(), format_of(network));
    std::uint64_t pulses = 0;
    visit_state(network, [&](const std::string& owner, const auto& field, auto& data) {
        if (field.since > checkpoint.version) return;
        in(owner, field, data);
        if constexpr (std::is_same_v<decltype(data), std::uint64_t&>)
            if (field.name == std::string_view("pulses")) pulses += data;
    });
    check_restored(checkpoint, in, network.layers.size(), pulses);
    if (checkpoint.version < 4)  // tests had no statistics of their own
        for (auto& layer : network.layers)
            layer.norm.running = layer.norm.tested;
    if constexpr (std::is_same_v<AnyNetwork, Network>) check_devices(checkpoint, network);
}

}  // namespace crossbar
