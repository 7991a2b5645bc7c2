// Decodes on all threads, in the order of the list, through the cache of pixels.
#include "data/formats/image_list.hpp"

#include <algorithm>
#include <functional>

#include "base/check.hpp"
#include "data/formats/file_bytes.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/pixel_cache.hpp"
#include "data/formats/split.hpp"

namespace crossbar {
namespace {

constexpr std::uint64_t rules_version = 2;  // of decoding and fitting: other pixels, other number
constexpr std::size_t images_a_piece = 8;

// What decoding tells of a picture, as bits of a byte.
enum Mark : std::uint8_t { damaged = 1, transparent = 2, blank = 4, shrunk = 8 };

std::uint8_t decode_one(const std::string& path, const Shape& shape, std::span<std::uint8_t> out) {
    const Picture picture = decode_picture(file_bytes(path), path);
    fit_picture(picture, shape, out);
    int marks = (picture.transparent ? transparent : 0) | (picture.shrunk ? shrunk : 0);
    if (std::adjacent_find(out.begin(), out.end(), std::not_equal_to<>()) == out.end())
        marks |= blank;
    return static_cast<std::uint8_t>(marks);
}

void decode_list(const ImageList& list, const ReadRequest& request, Dataset& set,
                 std::span<std::uint8_t> marks) {
    const std::size_t size = request.shape.size();
    set.pixels.resize(list.paths.size() * size);
    const auto decode = [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            const auto out = std::span(set.pixels).subspan(i * size, size);
            try {
                marks[i] = decode_one(list.paths[i], request.shape, out);
            } catch (const Error& error) {
                if (!request.skip_bad)
                    fail("{}; --skip-bad passes over damaged pictures", error.what());
                marks[i] = damaged;
            }
        }
    };
    if (request.threads)
        request.threads->share(list.paths.size(), images_a_piece, decode);
    else
        decode(0, list.paths.size(), 0);
}

void check_shape(const Shape& shape) {
    if (shape.channels != 1 && shape.channels != 3)
        fail("pictures have 1 or 3 channels, but the task's shape has {}", shape.channels);
}

// Takes out what is marked as damaged.
void drop_damaged(ImageList& list, Dataset& set, std::span<const std::uint8_t> marks) {
    const std::size_t size = set.shape.size();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i] & damaged) continue;
        if (kept != i) {
            std::copy_n(set.pixels.data() + i * size, size, set.pixels.data() + kept * size);
            list.labels[kept] = list.labels[i];
        }
        ++kept;
    }
    set.pixels.resize(kept * size);
    list.labels.resize(kept);
    set.labels = list.labels;
}

std::string plural(std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// What was wrong with a damaged file.
std::string reason_of(const std::string& path, const Shape& shape) {
    std::vector<std::uint8_t> pixels(shape.size());
    try {
        decode_one(path, shape, pixels);
    } catch (const Error& error) {
        return error.what();
    }
    return path;  // whole by now
}

void tell_marks(ImageLists& lists, std::span<const std::uint8_t> marks, const Shape& shape) {
    const auto count = [&](int wanted) {
        return static_cast<std::size_t>(std::count_if(
            marks.begin(), marks.end(), [&](int mark) { return (mark & wanted) == wanted; }));
    };
    if (const std::size_t bad = count(damaged); bad > 0) {
        const auto first = static_cast<std::size_t>(std::find(marks.begin(), marks.end(), damaged) -
                                                    marks.begin());
        const std::size_t train = lists.train.paths.size();
        lists.passed_over["damaged"] = bad;
        const std::string& path =
            first < train ? lists.train.paths[first] : lists.test.paths[first - train];
        lists.notices.push_back(fmt::format("{} passed over, the first: {}",
                                            plural(bad, "damaged picture"),
                                            reason_of(path, shape)));
        if (!lists.lacking.empty()) lists.lacking += "; " + lists.notices.back();
    }
    if (const std::size_t clear = count(transparent); clear > 0) {
        std::string text = plural(clear, "picture") + " with transparent parts, shown on white";
        if (const std::size_t same = count(transparent | blank); same > 0)
            text += fmt::format(
                "; {} of one colour throughout after that: light on transparent "
                "ground?",
                plural(same, "picture"));
        lists.notices.push_back(std::move(text));
    }
    if (const std::size_t large = count(shrunk); large > 0)
        lists.notices.push_back(plural(large, "picture") +
                                " of more than 33 megapixels, decoded at a smaller scale");
}

void tell_passed_over(ImageLists& lists) {
    if (lists.absent > 0)
        lists.notices.push_back(fmt::format("{} listed but missing, the first: {}",
                                            plural(lists.absent, "picture"), lists.first_absent));
    PassedOver others = lists.passed_over;
    others.erase("damaged");  // told with its first file
    if (others.empty()) return;
    std::string text = "passed over: " + text_of(others);
    for (const char* suffix : {".webp", ".gif", ".tif", ".tiff", ".heic", ".avif"})
        if (lists.passed_over.contains(suffix)) {
            text +=
                " (pictures of other formats than JPEG, PNG, BMP, PBM, PGM, PPM and PAM are "
                "used once they are converted, to PNG say)";
            break;
        }
    lists.notices.push_back(std::move(text));
}

void check_complete(const ImageLists& lists, const ReadRequest& request) {
    if (!lists.lacking.empty())
        fail("{}: incomplete: {}", request.files.front().path, lists.lacking);
}

}  // namespace

ImageList listed(const std::vector<ClassPaths>& classes) {
    ImageList list;
    for (auto& [label, path] : round_robin(classes)) {
        list.paths.push_back(std::move(path));
        list.labels.push_back(static_cast<std::uint16_t>(label));
    }
    return list;
}

void split_lists(const std::vector<ClassPaths>& classes, const Split& split, ImageLists& lists) {
    std::vector<ClassPaths> train(classes.size()), test(classes.size());
    for (std::size_t label = 0; label < classes.size(); ++label) {
        const Parts parts = split_class(label, classes[label].size(), split);
        for (const std::size_t i : parts.train)
            train[label].push_back(classes[label][i]);
        for (const std::size_t i : parts.test)
            test[label].push_back(classes[label][i]);
    }
    lists.train = listed(train);
    lists.test = listed(test);
}

std::string some_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most) text += fmt::format(", and {} more", names.size() - most);
    return text;
}

void find_lacking(ImageLists& lists, int classes) {
    std::vector<bool> seen(static_cast<std::size_t>(classes));
    for (const std::uint16_t label : lists.train.labels)
        seen[label] = true;
    const auto found = std::count(seen.begin(), seen.end(), true);
    if (found < classes) {
        std::vector<std::string> names;
        for (std::size_t label = 0; label < lists.class_names.size(); ++label)
            if (seen[label]) names.push_back(lists.class_names[label]);
        lists.lacking = fmt::format("{} of {} classes", found, classes);
        if (!names.empty()) lists.lacking += fmt::format(" ({})", some_of(names));
    } else if (lists.test.labels.empty()) {
        lists.lacking = "no test images";
    }
    if (!lists.lacking.empty() && lists.absent > 0)
        lists.lacking += fmt::format("; {} listed but missing, the first: {}",
                                     plural(lists.absent, "picture"), lists.first_absent);
}

ImageCounts counts_of(const ImageLists& lists) {
    return {lists.train.paths.size(), lists.test.paths.size(), lists.lacking, lists.absent};
}

TaskData load_images(ImageLists lists, const ReadRequest& request) {
    check_shape(request.shape);
    check_complete(lists, request);
    TaskData data;
    for (const bool test : {false, true}) {
        Dataset& set = test ? data.test : data.train;
        set.shape = request.shape;
        set.classes = request.classes;
        set.labels = test ? lists.test.labels : lists.train.labels;
    }
    const std::size_t train = lists.train.paths.size();
    std::vector<std::uint8_t> marks(train + lists.test.paths.size());
    const PixelCache cache(request, rules_version, {lists.train.paths, lists.test.paths});
    const auto is_damaged = [](int mark) { return (mark & damaged) != 0; };
    if (!cache.read(data, marks, request.threads) ||
        (!request.skip_bad && std::any_of(marks.begin(), marks.end(), is_damaged))) {
        decode_list(lists.train, request, data.train, std::span(marks).first(train));
        decode_list(lists.test, request, data.test, std::span(marks).subspan(train));
        cache.write(data, marks, request.threads);
    }
    drop_damaged(lists.train, data.train, std::span(marks).first(train));
    drop_damaged(lists.test, data.test, std::span(marks).subspan(train));
    find_lacking(lists, request.classes);
    tell_marks(lists, marks, request.shape);
    check_complete(lists, request);
    tell_passed_over(lists);
    data.class_names = std::move(lists.class_names);
    data.passed_over = std::move(lists.passed_over);
    data.notices = std::move(lists.notices);
    return data;
}

}  // namespace crossbar
