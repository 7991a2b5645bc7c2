// Single files: pictures, sounds, packed files, archives, caches, checkpoints.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>

#include "array/target.hpp"
#include "base/fingerprint.hpp"
#include "data/formats/archive.hpp"
#include "data/formats/file_bytes.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/pixel_cache.hpp"
#include "data/formats/speech.hpp"
#include "float/float_network.hpp"
#include "fuzz/fuzz.hpp"
#include "npz_testing.hpp"
#include "session/resolve.hpp"
#include "session/settings_text.hpp"
#include "sound_testing.hpp"
#include "tensor_files/tensor_file.hpp"
#include "training/checkpoint.hpp"

namespace crossbar::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace testing;

void read_picture(const Set& set) {
    attempt(set.path(), [&] {
        const Picture picture = decode_picture(file_bytes(set.path()), set.path());
        ENSURE_EQUAL(picture.rgb.size(), std::size_t{3} * static_cast<std::size_t>(picture.width) *
                                             static_cast<std::size_t>(picture.height));
        Bytes fitted(5 * 7 * 3);
        fit_picture(picture, {5, 7, 3}, fitted);
    });
}

int shade(int y, int x, int c) {
    return (50 * y + 20 * x + 90 * c) % 256;
}

AnySet jpeg_file() {
    return set_of({{"a.jpg",
                    {encode_jpeg({9, 10, 3}, shade), encode_jpeg({9, 10, 3, true}, shade),
                     encode_jpeg({9, 10, 1}, shade), encode_jpeg({9, 10, 4}, shade)}}});
}

AnySet png_file() {
    std::vector<Bytes> good;
    for (int components = 1; components <= 4; ++components)
        for (const int bits : {8, 16})
            good.push_back(encode_png({5, 6, components, bits == 16, bits}, shade));
    return set_of({{"a.png", good}});
}

AnySet bmp_file() {
    const Bytes palette = {0, 0, 0, 0, 9, 9, 9, 0, 90, 0, 9, 0, 200, 0, 0, 0};
    const Bytes masks = {255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255};
    return set_of(
        {{"a.bmp",
          {encode_bmp(3, 5, shade), bmp_of({-1, 4, 8, 0, palette}, {0, 1, 2, 3}),
           bmp_of({1, 4, 1, 0, palette}, {0x50, 0, 0, 0}),
           bmp_of({2, 4, 8, 1, palette}, {2, 1, 0, 2, 0, 1, 0, 3, 0, 1, 2, 0, 0, 1}),
           bmp_of({1, 4, 4, 2, palette}, {0, 3, 1, 0x23, 1, 0, 0, 1}),
           bmp_of({1, 2, 16}, {1, 2, 3, 4}), bmp_of({1, 1, 32, 6, masks}, {1, 2, 3, 4})}}});
}

AnySet netpbm_file() {
    const Bytes samples = {1, 2, 3, 4, 5, 6, 7, 8};
    return set_of({{"a.pnm",
                    {netpbm_of("P1 3 2 101 1 0 1"), netpbm_of("P2\n# c\n2 1\n200\n0 100\n"),
                     netpbm_of("P3 1 1 9 1 2 3"), netpbm_of("P4 9 2\n", {1, 2, 3, 4}),
                     netpbm_of("P5 4 1 60000\n", samples), netpbm_of("P6 1 1 255\n", {1, 2, 3}),
                     netpbm_of("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE "
                               "RGB_ALPHA\nENDHDR\n",
                               samples)}}});
}

AnySet sound_file() {
    const Samples samples = tone(500, 700, 4000);
    return set_of({{"a.wav",
                    {riff(samples), extensible_riff(samples), open_riff(samples, 0, 0),
                     sphere(samples, false), sphere(samples, true)}}});
}

void read_sound(const Set& set) {
    attempt(set.path(), [&] {
        const Sound sound = decode_sound(file_bytes(set.path()), set.path());
        const std::size_t some = std::min<std::size_t>(sound.samples.size(), 2000);
        ENSURE(!speech_features(std::span(sound.samples).first(some)).empty());
    });
}

AnySet gzip_file() {
    const Bytes bytes = words({1, 2, 3}, 600);
    return set_of({{"a.gz", {packed(bytes), joined({packed(bytes), packed({7})})}}});
}

AnySet xz_file() {
    const Bytes bytes = words({1, 2, 3}, 600);
    return set_of({{"a.xz", {packed_xz(bytes), joined({packed_xz(bytes), packed_xz({7})})}}});
}

AnySet other_packed_file() {
    const std::vector<std::pair<std::string, Bytes>> data = {{"data", words({1, 2, 3}, 600)}};
    return set_of(
        {{"a.packed",
          {archived(archive_write_set_format_raw, archive_write_add_filter_bzip2, data),
           archived(archive_write_set_format_raw, archive_write_add_filter_zstd, data)}}});
}

AnySet zip_file() {
    const Bytes one = words({}, 5), two = words({}, 600);
    return set_of({{"a.zip",
                    {archived(archive_write_set_format_zip, archive_write_add_filter_none,
                              {{"a/one", one}, {"a/two", two}})}}});
}

void read_all(ByteFile& file) {
    Bytes piece(1000);
    while (file.read(piece) == piece.size()) {
    }
}

void read_packed(const Set& set) {
    attempt(set.path(), [&] { size_of({"", set.path(), {}}); });
    attempt(set.path(), [&] {
        ByteFile file = open_file(set.path());
        read_all(file);
    });
}

AnySet tar_file() {
    const std::string pax = "14 path=a/two\n12 size=600\n";
    const Bytes tar = joined({tar_member("./a/one", words({}, 5)), tar_member("a", {}, '5'),
                              tar_member("pax", bytes_of(pax), 'x'), tar_member("", words({}, 600)),
                              tar_member("long", bytes_of(std::string(120, 'n')), 'L'),
                              tar_member("short", words({}, 1)), Bytes(1024)});
    return set_of({{"a.tar", {tar, packed(tar)}}});
}

void read_tar(const Set& set) {
    attempt(set.path(), [&] {
        Archive tar(set.path());
        Bytes piece(1000);
        while (tar.next())
            while (tar.read(piece) == piece.size()) {
            }
    });
    const std::vector<SourceFile> files = {{"", set.path(), "a/one"}, {"", set.path(), "a/two"}};
    attempt(set.path(), [&] { size_of(files[1]); });
    attempt(set.path(), [&] {
        read_files(files, nullptr, [](std::size_t, ByteFile& bytes) { read_all(bytes); });
    });
}

// What a cache is for; its sources are not there, which is as good as any state of theirs.
struct Cached {
    TaskData data;
    PixelCache cache;
    explicit Cached(const std::string& folder)
        : cache({{}, {2, 2, 1}, 2, {}, nullptr, folder}, 1, {{"/nowhere"}}) {
        for (Dataset* set : {&data.train, &data.test})
            *set = {{2, 2, 1}, 2, {}, {0, 1}};
    }
};

AnySet cache_file() {
    const TestFolder folder;
    Cached cached(folder.path);
    cached.data.train.pixels = cached.data.test.pixels = words({}, 8);
    cached.cache.write(cached.data, Bytes{0, 2}, nullptr);
    const std::string path = cached.cache.path();
    return set_of({{fs::path(path).filename(), {read_whole(path)}}});
}

void read_cache(const Set& set) {
    Cached cached(set.folder.path);
    ENSURE_EQUAL(cached.cache.path(), set.path());
    Bytes marks(2);
    if (cached.cache.read(cached.data, marks, nullptr)) check_sound(cached.data);
}

Network network_on(const char* target) {
    return make_network("fc 3, bn, relu, fc 2", {2, 2, 1}, 2,
                        make_plan({}, load_target(target).hardware), best_kernels());
}

FloatNetwork float_network() {
    return make_float_network("fc 3, bn, relu, fc 2", {2, 2, 1}, 2, make_plan({}), best_kernels());
}

AnySet checkpoint_file() {
    const std::string settings = settings_text({});
    Progress progress;
    progress.history.resize(2);
    progress.history[0].layers.resize(2);
    const std::vector<std::string> files = {
        checkpoint_of(settings, progress, network_on("ideal")),
        checkpoint_of(settings, progress, network_on("array128")),
        checkpoint_of(settings, progress, float_network())};
    return set_of({{"run.ckpt", {bytes_of(files[0]), bytes_of(files[1]), bytes_of(files[2])}}});
}

void read_checkpoint(const Set& set) {
    static Network ideal = network_on("ideal"), devices = network_on("array128");
    static FloatNetwork floating = float_network();
    attempt(set.path(), [&] {
        const Checkpoint checkpoint = load_checkpoint(set.path());
        attempt(set.path(), [&] { restore(checkpoint, ideal); });
        attempt(set.path(), [&] { restore(checkpoint, devices); });
        attempt(set.path(), [&] { restore(checkpoint, floating); });
        attempt("", [&] { parse_settings(checkpoint.settings, checkpoint.path); });
    });
}

void mend_png(Bytes& file) {
    for (std::size_t at = 8; file.size() >= 12 && at <= file.size() - 12;) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = length << 8 | file[at + i];
        if (length > file.size() - at - 12) return;
        const uLong sum = crc32(0, file.data() + at + 4, static_cast<uInt>(length + 4));
        for (std::size_t i = 0; i < 4; ++i)
            file[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

// Arrays, tensors: as other tools hold weights.
void read_weights(const Set& set) {
    attempt(set.path(), [&] { sim::read_tensors(set.path(), false); });
    attempt(set.path(), [&] { sim::read_tensors(set.path(), true); });
}

AnySet npz_file() {
    const std::vector<float> values = {1, 2, 3, 4};
    const std::vector<sim::NpzArray> arrays = {sim::npz_array("a.weight", {2, 2}, values),
                                               sim::npz_text("settings", "a = b\n")};
    return set_of({{"a.npz",
                    {bytes_of(npz_testing::npz_of(arrays)),
                     bytes_of(npz_testing::npz_of(arrays, sim::Packing::stored))}}});
}

AnySet safetensors_file() {
    const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                               R"("b":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]}})";
    Bytes file = {static_cast<std::uint8_t>(header.size()), 0, 0, 0, 0, 0, 0, 0};
    return set_of({{"a.safetensors", {joined({file, bytes_of(header), words({}, 12)})}}});
}

AnySet onnx_file() {
    onnx::ModelProto model;
    onnx::GraphProto& graph = *model.mutable_graph();
    onnx::TensorProto& weight = *graph.add_initializer();
    weight.set_name("w");
    weight.set_data_type(onnx::TensorProto::FLOAT);
    for (const int side : {2, 3})
        weight.add_dims(side);
    for (int i = 0; i < 6; ++i)
        weight.add_float_data(static_cast<float>(i));
    for (const char* op : {"Gemm", "MatMul", "Transpose", "DequantizeLinear"}) {
        onnx::NodeProto& node = *graph.add_node();
        node.set_op_type(op);
        for (const char* input : {"x", "w", "w"})
            node.add_input(input);
        node.add_output("x");
    }
    return set_of({{"a.onnx", {bytes_of(model.SerializeAsString())}}});
}

constexpr Row rows[] = {
    {"jpeg", jpeg_file, read_picture},
    {"png", png_file, read_picture, mend_png},
    {"bmp", bmp_file, read_picture},
    {"netpbm", netpbm_file, read_picture},
    {"sound", sound_file, read_sound},
    {"gzip", gzip_file, read_packed},
    {"xz", xz_file, read_packed},
    {"bzip2_zstd", other_packed_file, read_packed},
    {"tar", tar_file, read_tar, mend_tar},
    {"zip", zip_file, read_tar},
    {"pixel_cache", cache_file, read_cache},
    {"npz", npz_file, read_weights},
    {"safetensors", safetensors_file, read_weights},
    {"onnx", onnx_file, read_weights},
    {"checkpoint", checkpoint_file, read_checkpoint, mend_checkpoint},
};

}  // namespace

std::span<const Row> file_rows() {
    return rows;
}

void mend_tar(Bytes& file) {
    for (std::size_t at = 0; at + 512 <= file.size(); at += 512) {
        if (std::memcmp(file.data() + at + 257, "ustar", 5) != 0) continue;
        std::memset(file.data() + at + 148, ' ', 8);
        unsigned sum = 0;
        for (std::size_t i = 0; i < 512; ++i)
            sum += file[at + i];
        std::memcpy(file.data() + at + 148, fmt::format("{:06o}", sum).c_str(), 7);
    }
}

void mend_checkpoint(Bytes& file) {
    if (file.size() < 32) return;
    const std::uint64_t length = file.size();
    std::memcpy(file.data() + 16, &length, 8);
    const std::uint64_t sum = fingerprint(file.data(), file.size() - 8, fingerprint_start);
    std::memcpy(file.data() + file.size() - 8, &sum, 8);
}

}  // namespace crossbar::fuzz
