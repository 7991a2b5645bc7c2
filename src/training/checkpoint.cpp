// The file's frame, and the walk over progress and state, for writing and for reading.
#include "training/checkpoint.hpp"

#include <bit>
#include <filesystem>
#include <fstream>

#include "array/device_array.hpp"
#include "base/fingerprint.hpp"
#include "base/random_address.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

constexpr std::string_view magic = "XBARCKPT";
constexpr std::uint32_t version = 4, oldest_version = 3;
constexpr std::size_t header_size = 24;  // magic, version, 0, length
constexpr std::size_t checksum_size = 8;
constexpr std::size_t room = 1 << 16;  // of a piece

constexpr std::int64_t most_epochs =
    100000;  // as --epochs has it; training looks rates up by epoch
constexpr std::int64_t most_steps = random_steps::statistics;
constexpr std::int64_t most_loss = std::int64_t{1} << 61;
constexpr std::int64_t most_images = std::int64_t{1} << 40;

IntegerField number_field(const char* name, std::int64_t low, std::int64_t high) {
    return {name, Per::layer, low, high};
}
StateField<double> real_field(const char* name, double low, double high) {
    return {name, Per::layer, low, high};
}

// The walks below list every number of a run's progress once: a StateWriter puts them into bytes, a
// StateReader takes them out, one after the other, so that a range may come of those before.
void walk(auto& archive, const char* whose, Either<Metrics> auto& t) {
    archive(whose, number_field("images", 0, most_images), t.images);
    archive(whose, number_field("errors", 0, static_cast<std::int64_t>(t.images)), t.wrong);
    archive(whose, number_field("loss", -most_loss, most_loss), t.loss);
}

void walk(auto& archive, const char* whose, Either<Concordance> auto& c) {
    archive(whose, count_field("signs that agree"), c.agree);
    IntegerField counted = count_field("signs compared");
    counted.low = static_cast<std::int64_t>(c.agree);
    archive(whose, counted, c.counted);
}

void walk(auto& archive, Either<LayerDiagnosis> auto& d) {
    archive("", real_field("an angle", -1, 180), d.angle);
    walk(archive, "gradients", d.gradient_signs);
    walk(archive, "synapses", d.synapse_signs);
}

// All but the layers.
void walk(auto& archive, std::int64_t number, Either<EpochRecord> auto& r) {
    archive("", number_field("a record's epoch", number, number), r.epoch);
    walk(archive, "an epoch's training", r.train);
    walk(archive, "an epoch's test", r.test);
    archive("", real_field("an epoch's seconds", 0, 1e12), r.seconds);
    archive("", count_field("an epoch's pulses"), r.pulses);
}

// All but the history, whose length is not known beforehand.
void walk(auto& archive, Either<Progress> auto& p) {
    archive("", number_field("its epoch", 0, most_epochs), p.epoch);
    archive("", number_field("the images of its epoch", 0, most_images), p.image);
    archive("", number_field("its batches", 0, most_steps), p.step);
    walk(archive, "this epoch", p.train);
    archive("", real_field("the seconds of its epoch", 0, 1e12), p.seconds);
    archive("", count_field("the pulses before its epoch"), p.pulses);
}

void write_content(StateWriter& out, const std::string& settings, const Progress& progress,
                   const std::function<void(StateWriter&)>& state) {
    out.array(settings);
    walk(out, progress);
    out.number(std::uint64_t{progress.history.size()});
    std::int64_t number = 0;
    for (const EpochRecord& record : progress.history) {
        walk(out, ++number, record);
        out.number(std::uint64_t{record.layers.size()});
        for (const LayerDiagnosis& layer : record.layers)
            walk(out, layer);
    }
    state(out);
}

void read_progress(StateReader& in, Progress& progress) {
    walk(in, progress);
    std::uint64_t records = 0;
    in("", number_field("the epochs recorded", progress.epoch, progress.epoch), records);
    for (std::uint64_t i = 0; i < records; ++i) {
        EpochRecord& record = progress.history.emplace_back();
        walk(in, static_cast<std::int64_t>(i) + 1, record);
        for (std::uint64_t layers = in.count(); layers > 0; --layers)
            walk(in, record.layers.emplace_back());
    }
}

std::string hardware_of(const Layer& layer) {
    std::string text;
    if (const auto& device = layer.forward.devices.device)
        text += fmt::format(" on devices {:016x}", fingerprint_of(*device));
    if (const auto& device = layer.feedback.device)
        text += fmt::format(" and feedback devices {:016x}", fingerprint_of(*device));
    for (const TiledArray* array : {&layer.tiles, &layer.feedback_tiles})
        if (*array) text += fmt::format(" through tiles {:016x}", fingerprint_of(*array->tiles));
    return text;
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

void StateWriter::bytes(std::string_view piece) {
    size_ += piece.size();
    if (!put_) return;
    if (waiting_.size() + piece.size() > room) flush();
    if (piece.size() > room)
        hand_on(piece);
    else
        waiting_ += piece;
}

void StateWriter::flush() {
    hand_on(waiting_);
    waiting_.clear();
}

void StateWriter::hand_on(std::string_view piece) {
    checksum_ = fingerprint(piece.data(), piece.size(), checksum_);
    if (!piece.empty()) put_(piece);
}

std::string StateReader::text() {
    const std::uint64_t size = count();
    return std::string(piece(size), size);
}

const char* StateReader::piece(std::uint64_t bytes) {
    if (bytes > bytes_.size() - at_)
        fail("{}: this checkpoint ends early, or is of another network", path_);
    const char* start = bytes_.data() + at_;
    at_ += bytes;
    return start;
}

std::string format_of(const Network& network) {
    std::string text = "fixed";
    for (const Layer& layer : network.layers)
        text += fmt::format(" {}", layer.forward.bits);
    const std::string hardware = hardware_of(network.layers.front());
    text += hardware;
    for (std::size_t i = 1; i < network.layers.size(); ++i)
        if (const std::string own = hardware_of(network.layers[i]); own != hardware)
            text += fmt::format(", layer {}{}", i + 1, own.empty() ? " ideal" : own);
    return text;
}

void write_checkpoint(const std::string& settings, const Progress& progress,
                      const std::function<void(StateWriter&)>& state, const PutPiece& put) {
    const PutPiece nowhere;
    StateWriter counter(nowhere), out(put);
    write_content(counter, settings, progress, state);
    out.bytes(magic);
    out.number(version);
    out.number(std::uint32_t{0});
    out.number(std::uint64_t{header_size + counter.size() + checksum_size});
    write_content(out, settings, progress, state);
    out.flush();
    out.number(out.checksum());
    out.flush();
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
    if (found < oldest_version || found > version)
        fail("{}: this checkpoint has format {}, but this program reads formats {} to {}; {}", path,
             found, oldest_version, version,
             found > version ? "use a newer program" : "train anew");
    Checkpoint checkpoint{path, found, {}, {}, {}};
    StateReader in(path, std::string_view(file).substr(header_size, end - header_size));
    checkpoint.settings = in.text();
    read_progress(in, checkpoint.progress);
    const std::size_t state = end - in.rest().size();
    file.resize(end);
    checkpoint.state = std::move(file.erase(0, state));  // in its place: it may be large
    return checkpoint;
}

void check_format(const Checkpoint& checkpoint, const std::string& found,
                  const std::string& expected) {
    if (found != expected)
        fail("{}: this checkpoint is of another network: its layers are '{}', expected '{}'",
             checkpoint.path, found, expected);
}

void check_restored(const Checkpoint& checkpoint, const StateReader& in, std::size_t layers,
                    std::uint64_t pulses) {
    if (!in.rest().empty())
        fail("{}: this checkpoint is of another network: {} bytes are left over", checkpoint.path,
             in.rest().size());
    const Progress& p = checkpoint.progress;
    if (p.pulses > pulses)
        fail(
            "{}: this checkpoint holds what training cannot produce: the pulses before its epoch "
            "are "
            "{}, expected at most {}",
            checkpoint.path, p.pulses, pulses);
    for (const EpochRecord& r : p.history)
        if (!r.layers.empty() && r.layers.size() != layers)
            fail(
                "{}: this checkpoint holds what training cannot produce: the layers diagnosed are "
                "{}, "
                "expected {}",
                checkpoint.path, r.layers.size(), layers);
}

void check_devices(const Checkpoint& checkpoint, const Network& network) {
    for (const Layer& layer : network.layers) {
        const SynapseArray& a = layer.forward;
        if (!a.devices.device) continue;
        const DeviceTables& d = *a.devices.device;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const int first = device_level(a, 0, i), second = d.two() ? a.devices.second[i] : 0;
            if (first < 0 || first > d.highest ||
                d.digit[0] * first + d.digit[1] * second - d.zero != level_at(a, i))
                fail(
                    "{}: this checkpoint holds what training cannot produce: {}, level {} cannot "
                    "come from devices of levels 0 to {}",
                    checkpoint.path, layer.text, level_at(a, i), d.highest);
        }
    }
}

}  // namespace crossbar
