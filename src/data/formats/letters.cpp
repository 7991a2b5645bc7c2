// The three letters z, v and n of 3 x 3 pixels, each as it is and with each of its pixels turned
// over: the 30 patterns of Prezioso et al., Nature 521:61 (2015). They are built in: no role, no
// file. An image is one row: the nine pixels row by row, 255 where there is ink and 0 elsewhere,
// then the bias, which is always 255. All of them train, and all of them test.
#include <array>
#include <string_view>

#include "data/readers.hpp"

namespace crossbar {
namespace {

constexpr std::size_t pixels = 9;
constexpr std::array<std::string_view, 3> letters = {
    "##."
    ".#."
    ".##",  // z
    "#.#"
    "#.#"
    ".#.",  // v
    ".#."
    "#.#"
    "#.#",  // n
};
constexpr std::size_t patterns = letters.size() * (pixels + 1);

}  // namespace

ImageCounts look_letters(const ReadRequest& request) {
    ImageCounts counts{patterns, patterns, {}, 0};
    if (!(request.shape == Shape{1, pixels + 1, 1}) || request.classes != 3)
        counts.lacking = "the letters have the shape [1, 10, 1] and 3 classes";
    return counts;
}

TaskData read_letters(const ReadRequest& request) {
    Dataset set{request.shape, request.classes, {}, {}};
    for (std::size_t turned = 0; turned <= pixels; ++turned)  // 0: none, else pixel turned - 1
        for (std::size_t letter = 0; letter < letters.size(); ++letter) {
            for (std::size_t i = 0; i < pixels; ++i)
                set.pixels.push_back((letters[letter][i] == '#') != (i + 1 == turned) ? 255 : 0);
            set.pixels.push_back(255);
            set.labels.push_back(static_cast<std::uint16_t>(letter));
        }
    return {set, set, {}, {}, {}};
}

}  // namespace crossbar
