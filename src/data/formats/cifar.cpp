// The binary version of CIFAR-10 and CIFAR-100: records of one label byte (10 classes) or two (a
// coarse and a fine one, of which the last counts) and a red, a green and a blue plane of 32 x 32
// bytes, rows from the top. Roles: train (any number of files, in order) and test.
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "data/formats/archive.hpp"
#include "data/formats/byte_file.hpp"
#include "data/formats/file_kind.hpp"
#include "data/readers.hpp"

namespace crossbar {
namespace {

constexpr Shape shape = {32, 32, 3};
constexpr int classes_with_one_label = 10;
constexpr std::uint64_t most_records = 10'000'000;

std::size_t label_bytes(const ReadRequest& request) {
    return request.classes > classes_with_one_label ? 2 : 1;
}

std::uint64_t records_in(const SourceFile& file, std::size_t record) {
    const std::uint64_t size = size_of(file);
    if (size != 0 && size % record == 0 && size / record <= most_records) return size / record;
    std::string hint = file.member.empty() ? hint_of_kind(file.path) : std::string();
    if (!hint.empty())
        hint +=
            "; the binary version of CIFAR is wanted, of cifar-10-binary.tar.gz or "
            "cifar-100-binary.tar.gz";
    fail("{}: {} bytes, expected 1 to {} records of {} bytes{}", file.path, size, most_records,
         record, hint);
}

// One record's planes to pixels.
void interleave(std::span<const std::uint8_t> planes, std::vector<std::uint8_t>& pixels) {
    const std::size_t plane = planes.size() / 3;
    for (std::size_t i = 0; i < plane; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            pixels.push_back(planes[c * plane + i]);
}

Dataset read_records(ByteFile& file, std::size_t labels, int classes) {
    Dataset set;
    set.shape = shape;
    set.classes = classes;
    std::vector<std::uint8_t> record(labels + shape.size());
    for (;;) {
        const std::uint64_t at = file.offset();
        const std::size_t got = file.read(record);
        if (got == 0) break;
        if (got < record.size())
            fail(
                "{}: byte {}: the data end here, expected {} more bytes of a record (truncated, or "
                "not records of {} bytes)",
                file.path(), file.offset(), record.size() - got, record.size());
        if (record[labels - 1] >= classes)
            fail("{}: byte {}: label {}, expected 0 to {}", file.path(), at + labels - 1,
                 record[labels - 1], classes - 1);
        if (set.count() == most_records)
            fail("{}: byte {}: more than {} records", file.path(), at, most_records);
        interleave(std::span(record).subspan(labels), set.pixels);
        set.labels.push_back(record[labels - 1]);
    }
    if (set.count() == 0) fail("{}: byte 0: the file is empty", file.path());
    return set;
}

}  // namespace

ImageCounts look_cifar(const ReadRequest& request) {
    ImageCounts counts;
    const std::size_t record = label_bytes(request) + shape.size();
    for (const SourceFile& file : request.files)
        (file.role == "test" ? counts.test : counts.train) += records_in(file, record);
    return counts;
}

TaskData read_cifar(const ReadRequest& request) {
    if (request.shape != shape)
        fail("the cifar reader reads images of 32x32x3, but the task's shape is {}x{}x{}",
             request.shape.height, request.shape.width, request.shape.channels);
    std::vector<Dataset> parts(request.files.size());
    read_files(request.files, request.threads, [&](std::size_t i, ByteFile& bytes) {
        parts[i] = read_records(bytes, label_bytes(request), request.classes);
    });
    TaskData data;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        Dataset& set = request.files[i].role == "test" ? data.test : data.train;
        set.shape = shape;
        set.classes = request.classes;
        set.pixels.insert(set.pixels.end(), parts[i].pixels.begin(), parts[i].pixels.end());
        set.labels.insert(set.labels.end(), parts[i].labels.begin(), parts[i].labels.end());
        parts[i] = {};
    }
    return data;
}

}  // namespace crossbar
