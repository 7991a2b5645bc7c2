// For tests of image folders: a small tree of grey pictures.
#pragma once

#include <set>
#include <string>

#include "base/check.hpp"
#include "data/readers.hpp"
#include "picture_testing.hpp"

namespace crossbar {

constexpr Shape tiny = {4, 4, 3};

inline Bytes grey(int value) {
    return encode_png({4, 4, 3, false, 8}, [value](int, int, int) { return value; });
}

// Classes a, b, c with 5, 6 and 7 images of values 10 * class + number; and what is to be ignored.
struct Tree : TestFolder {
    ReadRequest request;
    Tree() {
        for (int c = 0; c < 3; ++c)
            for (int n = 0; n < 5 + c; ++n)
                write(fmt::format("set/{}/{}.png", "abc"[c], n), grey(10 * c + n));
        write("set/README.txt", std::string("no image"));
        write("set/a/.hidden.png", std::string("no image"));
        write("set/a/Thumbs.db", std::string("no image"));
        write("set/.cache/x.png", std::string("no image"));
        write("set/empty/notes.txt", std::string("no image"));
        request = {{{"images", file("set"), {}}}, tiny, 3, {3, 2, 0}, nullptr, {}};
    }
};

// Values of the images of a label: all pixels of an image are equal.
inline std::multiset<int> values_of(const Dataset& set, int label) {
    std::multiset<int> values;
    for (std::size_t i = 0; i < set.count(); ++i)
        if (set.labels[i] == label) values.insert(set.image(i)[0]);
    return values;
}

}  // namespace crossbar
