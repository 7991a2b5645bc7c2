// Sounds and speech: SPHERE and RIFF good and damaged, features against a plain transform, labels.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <fstream>
#include <map>
#include <numbers>
#include <set>

#include "base/check.hpp"
#include "data/formats/sound.hpp"
#include "data/formats/speech.hpp"
#include "data/readers.hpp"
#include "sound_testing.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

// Two speakers, each with one utterance of the phones aa, s, iy, h#, the names in either case.
struct Corpus : TestFolder {
    ReadRequest request;
    Corpus() {
        const Samples samples = tone(16000, 700, 4000);
        const std::string labels = "0 4000 aa\n4000 8000 s\n8000 12000 iy\n12000 16000 h#\n";
        write("dr1/one/SA1.WAV", sphere(samples, false));
        write("dr1/one/SA1.PHN", labels);
        write("dr1/two/sx2.wav", riff(samples));
        write("dr1/two/sx2.phn", labels);
        write("dr1/two/sx2.wrd", std::string("0 16000 word\n"));
        request = {{{"audio", path.string(), {}}}, {1, 1, 1845}, 80, {1, 1, 0}, nullptr, {}};
    }
};

}  // namespace

TEST_CASE("sound files of both kinds and byte orders hold the same samples", "[readers]") {
    Samples samples = tone(1000, 440, 32767);
    samples.push_back(-32768);
    REQUIRE(decode_sound(riff(samples), "a").samples == samples);
    REQUIRE(decode_sound(riff(samples, 8000), "a").rate == 8000);
    for (const bool big_endian : {false, true})
        REQUIRE(decode_sound(sphere(samples, big_endian), "a").samples == samples);
    REQUIRE(decode_sound(sphere(samples, false, "sample_coding -s3 pcm\n"), "a").rate == 16000);
}

TEST_CASE("RIFF as extensible, and with its lengths left open", "[readers]") {
    const Samples samples = tone(300, 440, 1000);
    const auto seen = [](const Bytes& file) { return decode_sound(file, "x.wav").samples; };
    const auto error = [](Bytes file, std::size_t at = 0, std::uint32_t value = 'R',
                          std::size_t size = 1) {
        put_little(file, at, value, size);
        return error_of([&] { decode_sound(file, "x.wav"); });
    };
    REQUIRE(seen(extensible_riff(samples)) == samples);
    REQUIRE_THAT(error(extensible_riff(samples), 44, 3, 2), Contains("byte 20: floats"));
    REQUIRE_THAT(error(extensible_riff(samples), 50, 1), Contains("byte 20: coding 0"));
    REQUIRE_THAT(error(riff(samples), 20, 7, 2), Contains("byte 20: mu-law"));
    for (const std::uint32_t open : {0xffffffffu, 0x7ffff000u, 0u})
        REQUIRE(seen(open_riff(samples, open, open)) == samples);
    constexpr std::uint32_t head = 48;  // up to the samples, without the first 8 bytes
    REQUIRE(seen(open_riff(samples, head, 0)) == samples);
    // Where the whole goes on behind no samples, there are none.
    REQUIRE(seen(open_riff(samples, head + 600, 0)).empty());
    REQUIRE_THAT(error(open_riff(samples, head + 600, 602)), Contains("truncated"));
    REQUIRE_THAT(error({'<', 'h', 't', 'm', 'l', '>'}, 0, '<'), Contains("this is a web page"));
}

TEST_CASE("what is wrong in a sound file is said", "[readers]") {
    const Samples samples = tone(300, 440, 1000);
    const auto error = [](const Bytes& file) {
        return error_of([&] { decode_sound(file, "x.wav"); });
    };
    REQUIRE_THAT(error(sphere(samples, false, "sample_coding -s26 pcm,embedded-shorten-v2.00\n")),
                 Contains("embedded-shorten") && Contains("sph2pipe"));
    for (const std::string field :
         {"channel_count", "sample_count", "sample_rate", "sample_n_bytes"}) {
        Bytes file = sphere(samples, false);
        const auto at = std::search(file.begin(), file.end(), field.begin(), field.end());
        *at = 'x';
        REQUIRE_THAT(error(file), Contains("byte 16: the header has no line " + field));
    }
    REQUIRE_THAT(error(riff(samples, 16000, 2)),
                 Contains("x.wav: byte 20") && Contains("2 channels"));
    REQUIRE_THAT(error({'O', 'g', 'g', 'S'}), Contains("neither NIST SPHERE nor RIFF WAVE"));
    for (const Bytes& good : {riff(samples), sphere(samples, true)}) {
        const Damage seen = damage(good, [](const Bytes& file) {
            if (decode_sound(file, "x.wav").samples.size() > 300) throw file.size();
        });
        REQUIRE(seen.refused == seen.tried);
    }
}

TEST_CASE("speech features are those of a plain transform", "[readers]") {
    Samples samples = tone(2000, 1000, 8000);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<std::int16_t>(samples[i] + static_cast<int>(i * i * 7919 % 601));
    const std::vector<FrameFeatures> features = speech_features(samples);
    REQUIRE(features.size() == 11);
    const std::size_t t = 5;
    std::vector<double> x, sums(42);
    double energy = 0;
    for (std::size_t i = 0; i < 400; ++i) {
        const double now = samples[160 * t + i], before = samples[160 * t + (i > 0 ? i - 1 : 0)];
        energy += now * now;
        x.push_back((now - 0.97 * before) *
                    (0.54 - 0.46 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / 399)));
    }
    const auto mel = [](double hertz) { return 1127 * std::log(1 + hertz / 700); };
    for (int k = 0; k <= 256; ++k) {
        std::complex<double> sum;
        for (std::size_t i = 0; i < x.size(); ++i)
            sum += x[i] * std::polar(1.0, -2 * std::numbers::pi * k * static_cast<double>(i) / 512);
        for (std::size_t f = 1; f <= 40; ++f) {
            const double distance =
                std::abs(mel(k * 16000.0 / 512) * 41 / mel(8000) - static_cast<double>(f));
            sums[f] += std::max(0.0, 1 - distance) * std::norm(sum);
        }
    }
    for (std::size_t f = 0; f < 40; ++f)
        REQUIRE(features[t][f] == std::floor(8 * std::log(std::max(1.0, sums[f + 1])) + 0.5));
    REQUIRE(features[t][40] == std::floor(8 * std::log(energy) + 0.5));
}

TEST_CASE("differences tell rise from fall; silence and short sounds have features", "[readers]") {
    Samples samples = tone(1600, 500, 100), loud = tone(1600, 500, 10000);
    samples.insert(samples.end(), loud.begin(), loud.end());
    const std::vector<FrameFeatures> up = speech_features(samples);
    REQUIRE(up[9][41 + 40] > 150);
    REQUIRE(up[2][41 + 40] == 128);
    std::reverse(samples.begin(), samples.end());
    REQUIRE(speech_features(samples)[8][41 + 40] < 106);
    REQUIRE(speech_features({}).size() == 1);
    const FrameFeatures quiet = speech_features(Samples(400))[0];
    REQUIRE(quiet[0] == 0);
    REQUIRE(quiet[50] == 128);
    // The context repeats the ends.
    Bytes context(1845);
    copy_context(up, 0, context);
    for (std::size_t i = 0; i <= 7; ++i)
        REQUIRE(std::equal(up[0].begin(), up[0].end(),
                           context.begin() + static_cast<std::ptrdiff_t>(i * 123)));
    REQUIRE(std::equal(up[7].begin(), up[7].end(), context.begin() + 14 * 123));
    copy_context(up, 160 * 9 + 200, context);
    REQUIRE(std::equal(up[9].begin(), up[9].end(), context.begin() + 7 * 123));
    copy_context(up, 99999, context);
    REQUIRE(std::equal(up.back().begin(), up.back().end(), context.begin()));
}

TEST_CASE("TIMIT: phones, halved vowels, two trees", "[readers]") {
    Corpus corpus;
    ImageCounts counts = look_timit(corpus.request);
    REQUIRE(counts.train == 6);  // aa and iy in two halves, s, h#
    REQUIRE(counts.test == 6);
    REQUIRE(counts.lacking == "6 of 80 classes");
    corpus.request.classes = 61;
    counts = look_timit(corpus.request);
    REQUIRE(counts.train == 4);
    REQUIRE(counts.lacking == "4 of 61 classes");
    corpus.request.classes = 39;
    REQUIRE_THAT(error_of([&] { look_timit(corpus.request); }), Contains("61 classes, or 80"));
    corpus.request.classes = 80;
    corpus.request.shape = {15, 1, 120};
    REQUIRE_THAT(error_of([&] { look_timit(corpus.request); }), Contains("1845"));
    corpus.request.shape = {1, 15, 123};
    corpus.request.files = {{"train_audio", corpus.file("dr1/one"), {}},
                            {"test_audio", corpus.file("dr1/two"), {}}};
    counts = look_timit(corpus.request);
    REQUIRE(counts.train == 6);
    REQUIRE(counts.test == 6);
    REQUIRE_THAT(error_of([&] { read_timit(corpus.request); }), Contains("incomplete: 6 of 80"));
    corpus.write("bare/a.wav", riff(tone(400, 700, 4000)));
    corpus.request.files[0].path = corpus.file("bare");
    REQUIRE(look_timit(corpus.request).lacking ==
            "no sound with labels, NAME.wav with NAME.phn, but 1 without");
}

TEST_CASE("TIMIT: every phone once makes a task; the cache notices labels", "[readers]") {
    const TestFolder folder;
    const std::vector<std::string>& phones = phone_names();
    Samples samples;
    std::string labels;
    for (std::size_t p = 0; p < 61; ++p) {
        const Samples one = tone(800, 200 + 100 * static_cast<double>(p), 5000);
        labels += fmt::format("{} {} {}\r\n", samples.size(), samples.size() + 800, phones[p]);
        samples.insert(samples.end(), one.begin(), one.end());
    }
    for (const char* name : {"a", "b"}) {
        folder.write(fmt::format("{}.wav", name), riff(samples));
        folder.write(fmt::format("{}.phn", name), labels);
    }
    ReadRequest request = {{{"audio", folder.path.string(), {}}},
                           {1, 1, 1845},
                           80,
                           {1, 1, 0},
                           nullptr,
                           folder.file("cache")};
    const TaskData data = read_timit(request);
    REQUIRE(data.train.count() == 80);
    REQUIRE(data.notices.empty());
    REQUIRE(std::set<std::string>(data.class_names.begin(), data.class_names.end()).size() == 80);
    REQUIRE(data.class_names[7] == "ey 2");  // a point of which is looked at below
    REQUIRE(data.class_names[39] == "b");
    folder.write("bare.wav", riff(samples));
    folder.write("a.wav.wav", riff(samples));  // a.wav is there
    REQUIRE(read_timit(request).passed_over ==
            std::map<std::string, std::size_t>{{"sounds without labels", 1}});
    REQUIRE(std::set<int>(data.test.labels.begin(), data.test.labels.end()).size() == 80);
    // The sample of a phone is its own: the loudest filter climbs with the tone.
    std::vector<FrameFeatures> frames = speech_features(samples);
    Bytes expected(1845);
    copy_context(frames, 20 * 800 + 400, expected);  // b, behind 19 vowels and ax-h
    REQUIRE(std::equal(expected.begin(), expected.end(), data.train.image(39).begin()));
    copy_context(frames, 3 * 800 + 600, expected);  // the second half of ey
    REQUIRE(std::equal(expected.begin(), expected.end(), data.train.image(7).begin()));

    Threads threads(2);
    request.threads = &threads;
    REQUIRE(read_timit(request).train.pixels == data.train.pixels);
    request.cache = folder.file("other");
    REQUIRE(read_timit(request).test.pixels == data.test.pixels);
    // b one phone later: another point in the sound.
    const std::size_t at = labels.find("16000 16800 b");
    for (const char* name : {"a.phn", "b.phn"})
        folder.write(name, std::string(labels).replace(at, 13, "16000 16400 b"));
    REQUIRE(read_timit(request).train.pixels != data.train.pixels);
}

TEST_CASE("TIMIT: what is wrong is said with file and line", "[readers]") {
    const Corpus corpus;
    const auto error = [&] { return error_of([&] { look_timit(corpus.request); }); };
    for (const char* line :
         {"4000 3000 s", "3999 5000 s", "4000 5000 xx", "4000 5000", "-1 5 s",
          "4000 99999999999999999999 s", "4000 4000 s", "s", "4000 5000 s s", "4000 5000s"}) {
        corpus.write("dr1/one/SA1.PHN", fmt::format("0 4000 aa\n{}\n", line));
        REQUIRE_THAT(error(), Contains("SA1.PHN:2: "));
    }
    corpus.write("dr1/one/SA1.PHN", std::string());
    REQUIRE(error() == "no error");
    for (const char* line : {"4000 8000 s  ", "4000 8000 s\t\r", " 4000  8000\ts", "4000 8000 S"}) {
        corpus.write("dr1/one/SA1.PHN", fmt::format("0 4000 aa\n{}\n \n", line));
        REQUIRE(error() == "no error");
    }
    corpus.write("dr1/one/._SA2.PHN", std::string("no labels\n"));
    REQUIRE(error() == "no error");
    corpus.write("dr1/one/SA2.PHN", std::string("0 4000 aa\n"));
    REQUIRE_THAT(error(), Contains("SA2.PHN: there is no sound file"));
    // A copy converted by others does, where the original is not there.
    corpus.write("dr1/one/SA2.WAV.wav", riff(tone(4000, 700, 4000)));
    REQUIRE(error() == "no error");
    REQUIRE(look_timit(corpus.request).train == 6);
}

TEST_CASE("real TIMIT utterances", "[readers]") {
    const std::string folder = real_folder("timit");
    if (folder.empty()) {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    const ReadRequest request = {{{"audio", folder, {}}}, {1, 1, 1845}, 61,
                                 {400, 100, 0},           nullptr,      {}};
    REQUIRE(look_timit(request).lacking == "45 of 61 classes");
    // Fixed scales fit speech: hardly any byte is at an end of its range.
    std::size_t low = 0, high = 0, all = 0;
    for (const char* name : {"sa1", "sa2", "si836"}) {
        std::ifstream in(fmt::format("{}/nltk-sample/timit/dr1-fvmh0/{}.wav", folder, name),
                         std::ios::binary);
        const Bytes file(std::istreambuf_iterator<char>(in), {});
        for (const FrameFeatures& frame : speech_features(decode_sound(file, name).samples))
            for (const std::uint8_t value : frame) {
                low += value == 0;
                high += value == 255;
                ++all;
            }
    }
    REQUIRE(all > 100'000);
    REQUIRE(high < all / 500);
    REQUIRE(low < all / 500);
}
