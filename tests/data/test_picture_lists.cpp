// Lists of pictures as people have them.
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/check.hpp"
#include "data/formats/name_list.hpp"
#include "data/readers.hpp"
#include "picture_testing.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

// Classes disc and Square with 3 grey pictures each, below set/Images; values 0.. and 10..
struct Listed : TestFolder {
    ReadRequest request;
    Listed() {
        for (int n = 0; n < 3; ++n) {
            const auto grey = [](int value) {
                return netpbm_of("P5 1 1 255\n", {static_cast<std::uint8_t>(value)});
            };
            write(fmt::format("set/Images/disc/a {}.pgm", n), grey(n));
            write(fmt::format("set/Images/Square/{}.PGM", n), grey(10 + n));
        }
        request = {{{"images", file("set/Images"), {}},
                    {"train_list", file("train.txt"), {}},
                    {"test_list", file("test.txt"), {}}},
                   {1, 1, 1},
                   2,
                   {},
                   nullptr,
                   {}};
    }
    TaskData read(const std::string& train, const std::string& test) const {
        write("train.txt", train);
        write("test.txt", test);
        return read_image_folder(request);
    }
    ImageCounts look(const std::string& train, const std::string& test) const {
        write("train.txt", train);
        write("test.txt", test);
        return look_image_folder(request);
    }
    std::string refusal(const std::string& train, const std::string& test) const {
        return error_of([&] { read(train, test); });
    }
};

const std::string test_text = "Square/2.PGM\n";

}  // namespace

TEST_CASE("lists of pictures are read as they come", "[lists]") {
    const Listed listed;
    const TaskData plain = listed.read("disc/a 0.pgm\nSquare/1.PGM\n", test_text);
    REQUIRE(plain.class_names == std::vector<std::string>{"Square", "disc"});
    REQUIRE(plain.train.pixels == Bytes{11, 0});
    REQUIRE(plain.test.pixels == Bytes{12});
    REQUIRE(plain.notices.empty());
    const std::string absolute = listed.file("set/Images/");
    for (const std::string& train : {
             std::string("\xef\xbb\xbf./disc/a 0.pgm\r\n./Square/1.PGM"),  // Windows' editors
             std::string("disc\\a 0.pgm\r\nSquare\\1.PGM\r\n"),
             std::string("disc/a 0.pgm \t\n\n  Square/1.PGM  \n"),
             std::string("disc/a 0.pgm\rSquare/1.PGM\r"),
             std::string("disc/a 0.pgm 1\nSquare/1.PGM\t0\n"),
             std::string("disc/a 0.pgm,round\nSquare/1.PGM,cornered\n"),
             std::string("\"disc/a 0.pgm\";1\n\"Square/1.PGM\";2\n"),
             std::string("Images/disc/a 0.pgm\nImages/Square/1.PGM\n"),
             std::string("data/set/Images/disc/a 0.pgm 1\ndata/set/Images/Square/1.PGM 0\n"),
             absolute + "disc/a 0.pgm\n" + absolute + "Square/1.PGM\n",
             std::string("disc/A 0.PGM\nsquare/1.pgm\n"),
         }) {
        const TaskData data = listed.read(train, test_text);
        REQUIRE(data.class_names == plain.class_names);
        REQUIRE(data.train.pixels == plain.train.pixels);
        REQUIRE(data.notices.empty());
    }
}

TEST_CASE("the first name of a list that is not there is told", "[lists]") {
    const Listed listed;
    REQUIRE_THAT(listed.refusal("disc/a 0.pgm\nSquare/8.PGM\nSquare/9.PGM\n", test_text),
                 Contains("1 of 2 classes (disc); 2 pictures listed but missing, the first: ") &&
                     Contains("train.txt:2: 'Square/8.PGM'"));
    const TaskData data = listed.read("disc/a 0.pgm\nSquare/0.PGM\nsquare/9.PGM\n", test_text);
    REQUIRE(data.class_names.size() == 2);  // square is Square, though the picture is not there
    REQUIRE_THAT(data.notices.at(0), Contains("1 picture listed but missing, the first: ") &&
                                         Contains("train.txt:3: 'square/9.PGM'"));
    // Two files of one name but for upper and lower case: which is meant is not guessed.
    listed.write("set/Images/disc/A 0.pgm", netpbm_of("P5 1 1 255\n", {7}));
    REQUIRE(listed.look("disc/A 0.PGM\ndisc/a 0.pgm\nSquare/0.PGM\n", test_text).absent == 1);
}

TEST_CASE("lists that contradict themselves are refused or told", "[lists]") {
    const Listed listed;
    REQUIRE_THAT(listed.refusal("disc/a 0.pgm 0\nSquare/0.PGM 1\nSquare/1.PGM 0\n", test_text),
                 Contains("train.txt:3: folder Square with label 0, but with label 1 in ") &&
                     Contains("train.txt:2"));
    REQUIRE_THAT(listed.refusal("disc/a 0.pgm 0\nSquare/0.PGM 0\n", test_text),
                 Contains("train.txt:2: label 0 for folder Square, but for disc in "));
    REQUIRE_THAT(listed.refusal("\xff\xfe"
                                "d",
                                test_text),
                 Contains("this is UTF-16"));
    const TaskData data = listed.read("disc/a 0.pgm\nSquare/2.PGM\n", test_text);
    REQUIRE_THAT(data.notices.at(0), Contains("1 of the pictures are named more than once") &&
                                         Contains("Square/2.PGM"));
}

TEST_CASE("folders before the names of a list go only where all have them", "[lists]") {
    const Listed listed;
    std::vector<ListedName> names = {{1, "x/Images/disc/1.pgm", ""}, {2, "x/other/1.pgm", ""}};
    strip_folder(listed.file("set/Images/"), names);
    REQUIRE(names[0].name == "x/Images/disc/1.pgm");
    names = {{1, "Images/1.pgm", ""}};  // a class of that name
    strip_folder(listed.file("set/Images"), names);
    REQUIRE(names[0].name == "Images/1.pgm");
    names = {{1, "Images/disc/1.pgm", ""}};
    strip_folder(listed.file("set/Images"), names);
    REQUIRE(names[0].name == "disc/1.pgm");
    names = {{1, "disc/x/1.pgm", ""}};
    std::filesystem::create_directories(listed.file("set/disc/disc"));
    strip_folder(listed.file("set/disc"), names);  // a folder in it has its name
    REQUIRE(names[0].name == "disc/x/1.pgm");
}

TEST_CASE("lists may name absent pictures, but none elsewhere", "[lists]") {
    const Listed listed;
    const ImageCounts counts = listed.look("disc/a 0.pgm\nSquare/1.PGM\ndisc/99.pgm\n", test_text);
    REQUIRE(counts.train == 2);
    REQUIRE(counts.test == 1);
    REQUIRE(counts.absent == 1);
    REQUIRE(counts.lacking.empty());
    for (const char* bad :
         {"../a/1.png", "/etc/passwd", "nofolder.png", "a/", "a/../../x.png", "..\\a\\1.png"})
        REQUIRE_THAT(listed.refusal(std::string("disc/a 0.pgm\n") + bad + "\n", test_text),
                     Contains("train.txt:2: "));
    REQUIRE_THAT(listed.refusal("", test_text), Contains("train.txt: the list is empty"));
}
