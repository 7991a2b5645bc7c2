#include "image_list.hpp"

#include <algorithm>

#include "crossbar/check.hpp"
#include "file_bytes.hpp"
#include "picture.hpp"
#include "pixel_cache.hpp"
#include "split.hpp"

namespace crossbar {
namespace {

constexpr std::uint64_t rules_version = 1;  // of decoding and fitting: other pixels, other number
constexpr std::size_t images_a_piece = 8;

void decode_list(const ImageList& list, const ReadRequest& request, Dataset& set) {
    const std::size_t size = request.shape.size();
    set.pixels.resize(list.paths.size() * size);
    const auto decode = [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i)
            fit_picture(decode_picture(file_bytes(list.paths[i]), list.paths[i]), request.shape,
                        std::span(set.pixels).subspan(i * size, size));
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

}  // namespace

ImageList listed(const std::vector<ClassPaths>& classes) {
    ImageList list;
    for (auto& [label, path] : round_robin(classes)) {
        list.paths.push_back(std::move(path));
        list.labels.push_back(static_cast<std::uint16_t>(label));
    }
    return list;
}

ImageLists split_lists(const std::vector<ClassPaths>& classes, const ReadRequest& request) {
    std::vector<ClassPaths> train(classes.size()), test(classes.size());
    for (std::size_t label = 0; label < classes.size(); ++label) {
        const Parts parts = split_class(label, classes[label].size(), request.split);
        for (const std::size_t i : parts.train)
            train[label].push_back(classes[label][i]);
        for (const std::size_t i : parts.test)
            test[label].push_back(classes[label][i]);
    }
    ImageLists lists{listed(train), listed(test), {}, 0};
    find_lacking(lists, request.classes);
    return lists;
}

void find_lacking(ImageLists& lists, int classes) {
    std::vector<bool> seen(static_cast<std::size_t>(classes));
    for (const std::uint16_t label : lists.train.labels)
        seen[label] = true;
    const auto found = std::count(seen.begin(), seen.end(), true);
    if (found < classes)
        lists.lacking = fmt::format("{} of {} classes", found, classes);
    else if (lists.test.paths.empty())
        lists.lacking = "no test images";
}

Census census_of(const ImageLists& lists) {
    return {lists.train.paths.size(), lists.test.paths.size(), lists.lacking, lists.absent};
}

TaskData load_images(const ImageLists& lists, const ReadRequest& request) {
    check_shape(request.shape);
    if (!lists.lacking.empty())
        fail("{}: incomplete: {} with images for training", request.files.front().path,
             lists.lacking);
    TaskData data;
    for (const bool test : {false, true}) {
        Dataset& set = test ? data.test : data.train;
        set.shape = request.shape;
        set.classes = request.classes;
        set.labels = test ? lists.test.labels : lists.train.labels;
    }
    const PixelCache cache(request, rules_version, {lists.train.paths, lists.test.paths});
    if (cache.read(data, request.threads)) return data;
    decode_list(lists.train, request, data.train);
    decode_list(lists.test, request, data.test);
    cache.write(data, request.threads);
    return data;
}

}  // namespace crossbar
