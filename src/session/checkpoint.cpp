#include "session/checkpoint.hpp"

#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "device/device.hpp"
#include "session/checkpoint_ranges.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

constexpr std::string_view magic = "XBARCKPT";
constexpr std::uint32_t version = 3;
constexpr std::size_t header_size = 24;  // magic, version, 0, length
constexpr std::size_t checksum_size = 8;

// The walks below list every field once; a Writer puts them into bytes, a Reader takes them out.
// Counts the bytes, and hands them on in pieces, none of which is a copy of a whole array.
class Writer {
  public:
    explicit Writer(const PutPiece& put) : put_(put) {}

    template <typename T>
    void number(const T& value) {
        static_assert(std::is_arithmetic_v<T>);
        bytes({reinterpret_cast<const char*>(&value), sizeof value});
    }
    template <typename T>
    void numbers(const std::vector<T>& values, const std::string&) {
        number(std::uint64_t{values.size()});
        bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
    }
    void text(const std::string& value) {
        number(std::uint64_t{value.size()});
        bytes(value);
    }
    void bytes(std::string_view piece) {
        size_ += piece.size();
        if (!put_) return;
        if (waiting_.size() + piece.size() > room) flush();
        if (piece.size() > room)
            hand_on(piece);
        else
            waiting_ += piece;
    }
    void flush() {
        hand_on(waiting_);
        waiting_.clear();
    }
    std::uint64_t size() const { return size_; }
    // Of all that was handed on.
    std::uint64_t checksum() const { return checksum_; }

  private:
    static constexpr std::size_t room = 1 << 16;

    void hand_on(std::string_view piece) {
        checksum_ = fingerprint(piece.data(), piece.size(), checksum_);
        if (!piece.empty()) put_(piece);
    }

    const PutPiece& put_;
    std::string waiting_;
    std::uint64_t size_ = 0, checksum_ = fingerprint_start;
};

class Reader {
  public:
    Reader(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

    template <typename T>
    void number(T& value) {
        static_assert(std::is_arithmetic_v<T>);
        if constexpr (std::is_same_v<T, bool>)
            value = *piece(1) != 0;  // no other byte is a bool
        else
            std::memcpy(&value, piece(sizeof value), sizeof value);
    }
    // The count must be that of the network at hand.
    template <typename T>
    void numbers(std::vector<T>& values, const std::string& what) {
        const std::uint64_t count = size();
        if (count != values.size())
            fail("{}: this checkpoint is of another network: {} has {} values, expected {}", path_,
                 what, count, values.size());
        if (count != 0) std::memcpy(values.data(), piece(count * sizeof(T)), count * sizeof(T));
    }
    void text(std::string& value) {
        const std::uint64_t count = size();
        value.assign(piece(count), count);
    }
    std::uint64_t size() {
        std::uint64_t count = 0;
        number(count);
        return count;
    }
    std::string_view rest() const { return bytes_.substr(at_); }

  private:
    const char* piece(std::uint64_t count) {
        if (count > bytes_.size() - at_)
            fail("{}: this checkpoint ends early, or is of another network", path_);
        const char* start = bytes_.data() + at_;
        at_ += count;
        return start;
    }

    const std::string& path_;
    std::string_view bytes_;
    std::size_t at_ = 0;
};

// A structure to fill, or one to read from.
template <typename T, typename Of>
concept Either = std::is_same_v<std::remove_const_t<T>, Of>;

void walk(auto& archive, Either<Metrics> auto& t) {
    archive.number(t.images);
    archive.number(t.wrong);
    archive.number(t.loss);
}

void walk(auto& archive, Either<Concordance> auto& c) {
    archive.number(c.agree);
    archive.number(c.counted);
}

void walk(auto& archive, Either<LayerDiagnosis> auto& d) {
    archive.number(d.angle);
    walk(archive, d.gradient_signs);
    walk(archive, d.synapse_signs);
}

// All but the layers.
void walk(auto& archive, Either<EpochRecord> auto& r) {
    archive.number(r.epoch);
    walk(archive, r.train);
    walk(archive, r.test);
    archive.number(r.seconds);
    archive.number(r.pulses);
}

// All but the history, whose length is not known beforehand.
void walk(auto& archive, Either<Progress> auto& p) {
    archive.number(p.epoch);
    archive.number(p.image);
    archive.number(p.step);
    walk(archive, p.train);
    archive.number(p.seconds);
    archive.number(p.pulses);
}

void walk(auto& archive, Either<SynapseArray> auto& a, const std::string& what) {
    std::visit([&](auto& levels) { archive.numbers(levels, what); }, a.levels);
    archive.number(a.pulses);
    if (!a.devices.device) return;
    archive.numbers(a.devices.second, what + ", second devices");
    for (std::size_t plane = 0; plane < 2; ++plane) {
        archive.numbers(a.devices.kinds[plane], what + ", kinds");
        archive.numbers(a.devices.wear[plane], what + ", wear");
    }
    archive.number(a.devices.refreshes);
    archive.number(a.devices.first_pulses);
    archive.number(a.devices.verify_reads);
}

void walk(auto& archive, Either<Trace> auto& t, const std::string& what) {
    archive.numbers(t.sign, what + ", sign trace");
    archive.numbers(t.sgd, what + ", sgd trace");
}

void walk(auto& archive, Either<BatchNorm> auto& n, const std::string& what) {
    archive.number(n.started);
    archive.numbers(n.running.mean, what + ", mean");
    archive.numbers(n.running.variance, what + ", variance");
    walk(archive, n.affine.scale, what + ", scale");
    walk(archive, n.affine.shift, what + ", shift");
    walk(archive, n.affine.scale_trace, what + ", scale");
    walk(archive, n.affine.shift_trace, what + ", shift");
}

void walk(auto& archive, Either<TiledArray> auto& t) {
    if (!t.adapts()) return;
    archive.number(t.seen.largest);
    archive.number(t.seen.batches);
}

void walk(auto& archive, Either<Layer> auto& l) {
    walk(archive, l.forward, l.text);
    walk(archive, l.trace, l.text);
    archive.numbers(l.feedback.levels, l.text + ", feedback");
    archive.numbers(l.feedback.mask, l.text + ", mask");
    archive.number(l.feedback.copies);
    archive.numbers(l.feedback.kinds, l.text + ", feedback kinds");
    archive.numbers(l.feedback.wear, l.text + ", feedback wear");
    walk(archive, l.norm, l.text + ", bn");
    archive.number(l.scale.shift);
    archive.number(l.scale.started);
    walk(archive, l.tiles);
    walk(archive, l.feedback_tiles);
}

void walk(auto& archive, Either<FloatLayer> auto& l) {
    archive.numbers(l.weights, l.text);
    archive.numbers(l.trace, l.text + ", trace");
    archive.numbers(l.feedback, l.text + ", feedback");
    archive.numbers(l.magnitude, l.text + ", magnitude");
    archive.numbers(l.mask, l.text + ", mask");
    archive.number(l.norm.started);
    archive.numbers(l.norm.mean, l.text + ", bn mean");
    archive.numbers(l.norm.variance, l.text + ", bn variance");
    archive.numbers(l.norm.scale, l.text + ", bn scale");
    archive.numbers(l.norm.shift, l.text + ", bn shift");
    archive.numbers(l.norm.scale_trace, l.text + ", bn scale trace");
    archive.numbers(l.norm.shift_trace, l.text + ", bn shift trace");
}

void walk(auto& archive, Either<Network> auto& network) {
    for (auto& layer : network.layers)
        walk(archive, layer);
}

void walk(auto& archive, Either<FloatNetwork> auto& network) {
    for (auto& layer : network.layers)
        walk(archive, layer);
    archive.number(network.pulses);
}

// What tells the networks apart: integers of `bits` bits, or floats.
std::string format_of(const Network& network) {
    std::string text = "fixed";
    for (const Layer& layer : network.layers)
        text += fmt::format(" {}", layer.forward.bits);
    if (const auto& device = network.layers.front().forward.devices.device)
        text += fmt::format(" on devices {:016x}", fingerprint_of(*device));
    if (const auto& device = network.layers.front().feedback.device)
        text += fmt::format(" and feedback devices {:016x}", fingerprint_of(*device));
    for (const TiledArray* array :
         {&network.layers.front().tiles, &network.layers.front().feedback_tiles})
        if (*array) text += fmt::format(" through tiles {:016x}", fingerprint_of(*array->tiles));
    return text;
}
std::string format_of(const FloatNetwork& network) {
    return fmt::format("float {}", network.layers.size());
}

template <typename AnyNetwork>
void write_content(Writer& out, const std::string& settings, const Progress& progress,
                   const AnyNetwork& network) {
    out.text(settings);
    walk(out, progress);
    out.number(std::uint64_t{progress.history.size()});
    for (const EpochRecord& record : progress.history) {
        walk(out, record);
        out.number(std::uint64_t{record.layers.size()});
        for (const LayerDiagnosis& layer : record.layers)
            walk(out, layer);
    }
    out.text(format_of(network));
    walk(out, network);
}

template <typename AnyNetwork>
void write_file(const std::string& settings, const Progress& progress, const AnyNetwork& network,
                const PutPiece& put) {
    const PutPiece nowhere;
    Writer counter(nowhere), out(put);
    write_content(counter, settings, progress, network);
    out.bytes(magic);
    out.number(version);
    out.number(std::uint32_t{0});
    out.number(std::uint64_t{header_size + counter.size() + checksum_size});
    write_content(out, settings, progress, network);
    out.flush();
    out.number(out.checksum());
    out.flush();
}

template <typename AnyNetwork>
void put_back(const Checkpoint& checkpoint, AnyNetwork& network) {
    Reader in(checkpoint.path, checkpoint.state);
    std::string format;
    in.text(format);
    if (format != format_of(network))
        fail("{}: this checkpoint is of another network: its layers are '{}', expected '{}'",
             checkpoint.path, format, format_of(network));
    walk(in, network);
    if (!in.rest().empty())
        fail("{}: this checkpoint is of another network: {} bytes are left over", checkpoint.path,
             in.rest().size());
    check_ranges(checkpoint, network);
}

// The whole file; its magic and length are checked before so much memory is asked for.
std::string read_whole(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) fail("{}: there is no such checkpoint file; check the path", path);
    if (!fs::is_regular_file(status)) fail("{}: not a regular file, so no checkpoint", path);
    const std::uint64_t size = fs::file_size(path, error);
    std::ifstream in(path, std::ios::binary);
    if (error || !in) fail("{}: cannot read this file; check its permissions", path);
    if (size == 0) fail("{}: this file is empty, so no checkpoint", path);
    std::string file(std::min<std::uint64_t>(size, header_size), '\0');
    in.read(file.data(), static_cast<std::streamsize>(file.size()));
    const std::size_t seen = std::min(file.size(), magic.size());
    if (file.compare(0, seen, magic, 0, seen) != 0)
        fail("{}: not a checkpoint: it starts with other bytes than '{}'", path, magic);
    std::uint64_t length = 0;
    if (size >= header_size) std::memcpy(&length, file.data() + 16, sizeof length);
    if (length != size || size < header_size + checksum_size)
        fail("{}: this checkpoint is truncated or damaged: it is {} bytes long, expected {}", path,
             size, size < header_size ? "more" : fmt::format("{}", length));
    file.resize(size);
    in.read(file.data() + header_size, static_cast<std::streamsize>(size - header_size));
    if (!in) fail("{}: cannot read this file to its end", path);
    return file;
}

}  // namespace

void write_checkpoint(const std::string& settings, const Progress& progress, const Network& network,
                      const PutPiece& put) {
    write_file(settings, progress, network, put);
}

void write_checkpoint(const std::string& settings, const Progress& progress,
                      const FloatNetwork& network, const PutPiece& put) {
    write_file(settings, progress, network, put);
}

Checkpoint load_checkpoint(const std::string& path) {
    std::string file = read_whole(path);
    const std::size_t end = file.size() - checksum_size;
    std::uint64_t checksum = 0;
    std::memcpy(&checksum, file.data() + end, sizeof checksum);
    if (checksum != fingerprint(file.data(), end, fingerprint_start))
        fail("{}: this checkpoint is damaged: its checksum does not agree with its content", path);
    std::uint32_t found = 0;
    std::memcpy(&found, file.data() + magic.size(), sizeof found);
    if (found != version)
        fail("{}: this checkpoint has format {}, but this program reads format {}; use a newer one",
             path, found, version);
    Checkpoint checkpoint{path, {}, {}, {}};
    Reader in(path, std::string_view(file).substr(header_size, end - header_size));
    in.text(checkpoint.settings);
    walk(in, checkpoint.progress);
    for (std::uint64_t count = in.size(); count > 0; --count) {
        EpochRecord record;
        walk(in, record);
        for (std::uint64_t layers = in.size(); layers > 0; --layers)
            walk(in, record.layers.emplace_back());
        checkpoint.progress.history.push_back(record);
    }
    const std::size_t state = end - in.rest().size();
    file.resize(end);
    checkpoint.state = std::move(file.erase(0, state));  // in its place: it may be large
    check_ranges(checkpoint);
    return checkpoint;
}

void restore(const Checkpoint& checkpoint, Network& network) {
    put_back(checkpoint, network);
}

void restore(const Checkpoint& checkpoint, FloatNetwork& network) {
    put_back(checkpoint, network);
}

}  // namespace crossbar
