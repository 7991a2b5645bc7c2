// Data: IDX files good and damaged, task files, subsets, and the stand-in images. Small files are
// written to a temporary folder; real MNIST is checked when $CROSSBAR_DATA holds it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <set>

#include "base/check.hpp"
#include "base/nearest.hpp"
#include "data/readers.hpp"
#include "data/task.hpp"
#include "data_testing.hpp"

namespace fs = std::filesystem;
using namespace crossbar;
using namespace crossbar::testing;
using Catch::Matchers::Contains;

namespace {

constexpr Shape small = {4, 3, 1};
constexpr int small_classes = 10;

void append_word(Bytes& to, std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<std::uint8_t>(word >> shift));
}

Bytes idx_images(std::uint32_t count) {
    Bytes file;
    for (const std::uint32_t word : {2051u, count, 4u, 3u})
        append_word(file, word);
    for (std::size_t i = 0; i < count * small.size(); ++i)
        file.push_back(static_cast<std::uint8_t>(i * 37 + 5));
    return file;
}

Bytes idx_labels(std::uint32_t count) {
    Bytes file;
    for (const std::uint32_t word : {2049u, count})
        append_word(file, word);
    for (std::uint32_t i = 0; i < count; ++i)
        file.push_back(static_cast<std::uint8_t>(i % 10));
    return file;
}

// Four good files of 20 + 11 images, and the request for them.
struct Files : Folder {
    ReadRequest request;
    explicit Files(bool gz = false) {
        request = {{{"train_images", file("train-images")},
                    {"train_labels", file("train-labels")},
                    {"test_images", file("test-images")},
                    {"test_labels", file("test-labels")}},
                   small,
                   small_classes};
        const auto pack = [&](const Bytes& b) { return gz ? packed(b) : b; };
        write(request.files[0].path, pack(idx_images(20)));
        write(request.files[1].path, pack(idx_labels(20)));
        write(request.files[2].path, pack(idx_images(11)));
        write(request.files[3].path, pack(idx_labels(11)));
    }
    const std::string& images() const { return request.files[0].path; }
    const std::string& labels() const { return request.files[1].path; }
    // The message of the Error that reading throws.
    std::string error() const {
        try {
            read_idx(request);
        } catch (const Error& e) {
            return e.what();
        }
        return "no error";
    }
};

Bytes shortened(Bytes bytes, std::size_t size) {
    bytes.resize(size);
    return bytes;
}

Bytes with_word(Bytes bytes, std::size_t at, std::uint32_t word) {
    Bytes four;
    append_word(four, word);
    std::copy(four.begin(), four.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    return bytes;
}

SyntheticPart part_of(Shape shape, int classes, bool test = false) {
    return {shape, classes, test};
}

Bytes rendered(const SyntheticPart& part, std::size_t first, std::size_t count,
               std::vector<std::uint16_t>* labels = nullptr) {
    Bytes pixels(count * part.shape.size());
    std::vector<std::uint16_t> own(count);
    render_synthetic(part, first, pixels, own);
    if (labels) *labels = own;
    return pixels;
}

}  // namespace

TEST_CASE("IDX files are read, plain and packed", "[data]") {
    for (const bool gz : {false, true}) {
        const Files files(gz);
        const TaskData data = read_idx(files.request);
        REQUIRE(data.train.count() == 20);
        REQUIRE(data.test.count() == 11);
        REQUIRE(data.train.shape == small);
        REQUIRE(data.train.image(1)[2] == static_cast<std::uint8_t>(14 * 37 + 5));
        REQUIRE(data.train.labels[13] == 3);
    }
}

TEST_CASE("the middle of larger IDX images is taken, and no less than the whole", "[data]") {
    Files files;
    const Dataset whole = read_idx(files.request).train;
    REQUIRE(read_idx_middle(files.request).train.pixels == whole.pixels);
    files.request.shape = {2, 2, 1};  // of 4 x 3: rows 1 and 2, columns 0 and 1
    const Dataset cut = read_idx_middle(files.request).train;
    REQUIRE(cut.count() == 20);
    REQUIRE(cut.labels == whole.labels);
    for (std::size_t i = 0; i < 20; ++i) {
        const auto all = whole.image(i), middle = cut.image(i);
        REQUIRE(Bytes(middle.begin(), middle.end()) == Bytes{all[3], all[4], all[6], all[7]});
    }
    files.request.shape = {4, 5, 1};
    REQUIRE_THROWS_WITH(read_idx_middle(files.request),
                        Catch::Contains("byte 12: the number of columns is 3, expected 5 to"));
}

TEST_CASE("a gzip file of several members is one stream", "[data]") {
    const Files files;
    const Bytes all = idx_images(20);
    Bytes two = packed(Bytes(all.begin(), all.begin() + 50));
    const Bytes second = packed(Bytes(all.begin() + 50, all.end()));
    two.insert(two.end(), second.begin(), second.end());
    write(files.images(), two);
    REQUIRE(read_idx(files.request).train.pixels == Bytes(all.begin() + 16, all.end()));
}

TEST_CASE("damaged IDX files are Errors that name file and offset", "[data]") {
    const Files files;
    const Bytes images = idx_images(20), labels = idx_labels(20);
    struct Damage {
        bool of_labels;
        Bytes bytes;
        std::string at;
        std::string says;
    };
    Bytes longer = images, wrong_label = labels;
    longer.push_back(0);
    wrong_label[8 + 7] = 10;
    std::vector<Damage> all = {
        {false, with_word(images, 0, 2049), "byte 0:", "20 unsigned bytes, expected images"},
        {true, with_word(labels, 0, 2050), "byte 0:", "unsigned bytes, expected labels"},
        {false, with_word(images, 4, 0), "byte 4:", "count is 0"},
        {false, with_word(images, 4, 0xffffffffu), "byte 4:", "4294967295"},
        {false, with_word(images, 4, 10'000'000), "byte 256:", "truncated"},
        {false, with_word(images, 4, 21), "byte 256:", "12 more bytes"},
        {false, with_word(images, 4, 19), "byte 244:", "more bytes follow"},
        {false, with_word(images, 8, 28), "byte 8:", "rows is 28, expected 4"},
        {false, with_word(images, 12, 0), "byte 12:", "columns is 0, expected 3"},
        {true, with_word(labels, 4, 19), "byte 4:", "19 labels, expected 20"},
        {true, wrong_label, "byte 15:", "label 10, expected 0 to 9"},
        {false, longer, "byte 256:", "more bytes follow"},
        {false, shortened(images, images.size() - 1), "byte 255:", "truncated"},
    };
    for (std::size_t n = 0; n < 16; ++n)
        all.push_back({false, shortened(images, n), fmt::format("byte {}:", n), "truncated"});
    for (std::size_t n = 0; n < labels.size(); ++n)
        all.push_back({true, shortened(labels, n), fmt::format("byte {}:", n), "truncated"});
    for (const Damage& damage : all) {
        write(files.images(), damage.of_labels ? images : damage.bytes);
        write(files.labels(), damage.of_labels ? damage.bytes : labels);
        const std::string error = files.error();
        REQUIRE_THAT(error, Contains(damage.of_labels ? files.labels() : files.images()));
        REQUIRE_THAT(error, Contains(damage.at) && Contains(damage.says));
    }
}

TEST_CASE("damaged gzip files are Errors that name file and offset", "[data]") {
    const Files files(true);
    const Bytes good = packed(idx_images(20));
    for (std::size_t n = 2; n < good.size(); ++n) {
        write(files.images(), shortened(good, n));
        REQUIRE_THAT(files.error(), Contains(files.images()));
    }
    Bytes bad_sum = good;
    bad_sum[good.size() - 6] ^= 1;
    write(files.images(), bad_sum);
    REQUIRE_THAT(files.error(),
                 Contains(files.images()) && Contains("of the packed file: damaged"));
    Bytes tail = good;
    tail.push_back(7);
    write(files.images(), tail);
    REQUIRE_THAT(files.error(),
                 Contains(fmt::format("byte {} of the packed file: bytes follow", good.size())));
    // Zeros behind it are padding, whatever their number; anything behind those is not.
    for (const std::size_t zeros : {1u, 2u, 511u, 70000u}) {
        Bytes padded = good;
        padded.resize(good.size() + zeros);
        write(files.images(), padded);
        REQUIRE(files.error() == "no error");
        padded.push_back(7);
        write(files.images(), padded);
        REQUIRE_THAT(files.error(), Contains(fmt::format("byte {} of the packed file: bytes follow",
                                                         good.size())));
    }
}

TEST_CASE("files that cannot be read are Errors", "[data]") {
    const Files files;
    fs::remove(files.images());
    REQUIRE_THAT(files.error(), Contains(files.images()) && Contains("cannot read"));
    fs::create_directory(files.images());
    REQUIRE_THAT(files.error(), Contains(files.images()) && Contains("this is a folder"));
    ReadRequest fewer = files.request;
    fewer.files.pop_back();
    REQUIRE_THROWS_AS(file_of(fewer, "test_labels"), Error);
}

TEST_CASE("no mutated file makes the reader crash", "[data]") {
    std::mt19937 random(20151005);
    const auto below = [&](std::size_t n) { return random() % n; };
    for (const bool gz : {false, true}) {
        const Files files(gz);
        const Bytes images = gz ? packed(idx_images(20)) : idx_images(20);
        const Bytes labels = gz ? packed(idx_labels(20)) : idx_labels(20);
        int refused = 0;
        for (int trial = 0; trial < 400; ++trial) {
            const bool of_labels = trial % 3 == 0;
            Bytes bytes = of_labels ? labels : images;
            for (std::size_t changes = 1 + below(3); changes > 0 && !bytes.empty(); --changes) {
                // The header more often than the rest: it holds what can do harm.
                const std::size_t at =
                    below(below(2) ? std::min<std::size_t>(bytes.size(), 20) : bytes.size());
                const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
                switch (below(4)) {
                    case 0:
                        bytes.resize(at);
                        break;
                    case 1:
                        bytes.insert(where, static_cast<std::uint8_t>(random()));
                        break;
                    case 2:
                        *where = static_cast<std::uint8_t>(random());
                        break;
                    default:
                        *where ^= static_cast<std::uint8_t>(1u << below(8));
                }
            }
            write(of_labels ? files.labels() : files.images(), bytes);
            write(of_labels ? files.images() : files.labels(), of_labels ? images : labels);
            refused += files.error() != "no error";
        }
        REQUIRE(refused > 200);
    }
}

TEST_CASE("subsets keep images and labels together", "[data]") {
    const Files files;
    const Dataset all = read_idx(files.request).train;
    const Dataset five = first_images(all, 5);
    REQUIRE(five.count() == 5);
    REQUIRE(std::equal(five.pixels.begin(), five.pixels.end(), all.pixels.begin()));
    REQUIRE(first_images(all, 0).count() == 20);
    REQUIRE(first_images(all, 21).count() == 20);

    const TaskData split = hold_out(all, 6);
    REQUIRE(split.train.count() == 14);
    REQUIRE(split.test.count() == 6);
    REQUIRE(split.test.pixels == hold_out(all, 6).test.pixels);
    std::multiset<Bytes> before, after;
    const auto collect = [](const Dataset& set, std::multiset<Bytes>& into) {
        for (std::size_t i = 0; i < set.count(); ++i) {
            Bytes one(set.image(i).begin(), set.image(i).end());
            one.push_back(static_cast<std::uint8_t>(set.labels[i]));
            into.insert(one);
        }
    };
    collect(all, before);
    collect(split.train, after);
    collect(split.test, after);
    REQUIRE(before == after);
    // A smaller held-out part is inside a larger one, and not simply the first or last images.
    REQUIRE(split.test.pixels != Bytes(all.pixels.begin(), all.pixels.begin() + 72));
    REQUIRE(hold_out(all, 0).train.pixels == all.pixels);
    REQUIRE_THROWS_AS(hold_out(all, 20), Error);
}

TEST_CASE("a stand-in image depends on its address alone", "[data]") {
    for (const auto& [shape, classes] : {std::pair{Shape{28, 28, 1}, 10},
                                         {Shape{32, 32, 3}, 100},
                                         {Shape{1, 123, 1}, 80},
                                         {Shape{119, 119, 3}, 7}}) {
        const SyntheticPart part = part_of(shape, classes);
        std::vector<std::uint16_t> labels, label;
        const Bytes batch = rendered(part, 0, 30, &labels);
        for (const std::size_t i : {0u, 7u, 29u}) {
            const Bytes one = rendered(part, i, 1, &label);
            const auto from = batch.begin() + static_cast<std::ptrdiff_t>(i * shape.size());
            REQUIRE(std::equal(one.begin(), one.end(), from));
            REQUIRE(label[0] == labels[i]);
        }
        REQUIRE(rendered(part, 0, 1) != rendered(part, static_cast<std::size_t>(classes), 1));
        REQUIRE(rendered(part, 0, 1) != rendered(part_of(shape, classes, true), 0, 1));
        REQUIRE(*std::max_element(batch.begin(), batch.end()) > 100);
    }
}

TEST_CASE("the stand-in is balanced and keeps its bytes", "[data]") {
    std::vector<std::uint16_t> labels;
    const Bytes pixels = rendered(part_of({28, 28, 1}, 10), 0, 500, &labels);
    for (std::uint16_t c = 0; c < 10; ++c)
        REQUIRE(std::count(labels.begin(), labels.end(), c) == 50);
    // FNV-1a of the pixels, so that a change of any image, compiler or machine is noticed.
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const std::uint8_t b : pixels)
        hash = (hash ^ b) * 0x100000001b3u;
    REQUIRE(fmt::format("{:016x}", hash) == "c30af3606d877625");
    hash = 0xcbf29ce484222325u;
    for (const std::uint8_t b : rendered(part_of({32, 32, 3}, 100), 0, 100))
        hash = (hash ^ b) * 0x100000001b3u;
    REQUIRE(fmt::format("{:016x}", hash) == "4be504f9568934dd");
}
