// TIMIT: a tree of sound files (.wav, NIST SPHERE or RIFF), each with a .phn of the same name whose
// lines are "BEGIN END PHONE" in samples; upper or lower case. Roles:
//   audio                       split by the rule of split.hpp
//   train_audio, test_audio     two trees: the split's counts are then taken of each
// A sample of the task is the features of the 15 frames around a point of a phone (speech.hpp), the
// bytes of shape.size() = 1845. With 61 classes that point is the phone's middle. With 80 classes
// each of the 19 voiced vowels has two, for its first and its second half (points at 1/4 and 3/4):
// 61 + 19 = 80. How the paper's 80 classes were made is not known; this is a reconstruction.
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "data/formats/file_bytes.hpp"
#include "data/formats/pixel_cache.hpp"
#include "data/formats/speech.hpp"
#include "data/formats/split.hpp"
#include "data/readers.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t feature_version = 1;  // of features and labels
constexpr std::size_t halved_phones = 19;
// The voiced vowels come first. Labels follow this order, the halves of a vowel side by side.
constexpr std::array<std::string_view, 61> phones = {
    "iy", "ih", "eh",  "ey",  "ae",  "aa",  "aw",   "ay",  "ah", "ao", "oy",  "ow", "uh",
    "uw", "ux", "er",  "ax",  "ix",  "axr", "ax-h", "b",   "d",  "g",  "p",   "t",  "k",
    "dx", "q",  "bcl", "dcl", "gcl", "pcl", "tcl",  "kcl", "jh", "ch", "s",   "sh", "z",
    "zh", "f",  "th",  "v",   "dh",  "m",   "n",    "ng",  "em", "en", "eng", "nx", "l",
    "r",  "w",  "y",   "hh",  "hv",  "el",  "pau",  "epi", "h#"};

struct Utterance {
    std::string key;  // its path below the tree in lower case: what orders utterances
    std::string sound, labels;
};

struct Token {
    std::size_t utterance = 0;
    std::size_t sample = 0;  // the point in it
};

// One part's tokens, label by label, in the order of utterances and time.
struct Speech {
    std::vector<Utterance> utterances;
    std::size_t unlabelled = 0;  // sounds that are not used
    std::vector<std::vector<Token>> tokens;
};

// One part as the task takes it.
struct Chosen {
    std::vector<Token> tokens;
    std::vector<std::uint16_t> labels;
};

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// The sounds and labels below a folder, in byte order. Hidden files are left out: copies from other
// machines have "._NAME" beside NAME.
std::vector<fs::path> files_below(const std::string& folder) try {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        const std::string suffix = lower(entry.path().extension().string());
        if ((suffix == ".wav" || suffix == ".phn") && entry.is_regular_file() &&
            !entry.path().filename().string().starts_with('.'))
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
} catch (const fs::filesystem_error& error) {
    fail("{}: cannot look through this folder: {}", folder, error.code().message());
}

// NAME.wav and NAME.phn make an utterance. Some copies hold NAME.wav.wav, converted, beside or
// instead of NAME.wav.
void find_utterances(const std::string& folder, Speech& speech) {
    constexpr std::string_view wav = ".wav";
    std::map<std::string, Utterance> found;  // by key without suffix
    std::map<std::string, std::string> converted;
    for (const fs::path& path : files_below(folder)) {
        const std::string name = lower(path.lexically_relative(folder).string());
        std::string key = name.substr(0, name.size() - wav.size());
        if (name.ends_with(wav) && key.ends_with(wav)) {
            key.resize(key.size() - wav.size());
            converted.emplace(key, path.string());
            continue;
        }
        Utterance& utterance = found[key];
        utterance.key = key;
        std::string& file = name.ends_with(wav) ? utterance.sound : utterance.labels;
        if (file.empty()) file = path.string();
    }
    for (auto& [key, utterance] : found) {
        if (utterance.sound.empty()) utterance.sound = converted[key];
        if (utterance.sound.empty())
            fail("{}: there is no sound file (.wav) of this name", utterance.labels);
        if (utterance.labels.empty())
            ++speech.unlabelled;
        else
            speech.utterances.push_back(std::move(utterance));
    }
}

struct Segment {
    std::size_t begin = 0, end = 0, phone = 0;
};

// Between blanks, of which there may be several, and at the end of a line too.
std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    std::vector<std::string_view> words;
    for (std::size_t at = 0; (at = line.find_first_not_of(blanks, at)) != line.npos;) {
        const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

bool is_number(std::string_view word, std::size_t& number) {
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    return read.ec == std::errc() && read.ptr == word.data() + word.size();
}

std::vector<Segment> segments_of(const std::string& path) {
    constexpr std::size_t most_samples = std::size_t{1} << 30;
    const std::vector<std::uint8_t> bytes = file_bytes(path);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::vector<Segment> segments;
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        at = end + 1;
        ++number;
        const std::vector<std::string_view> words = words_of(line);
        if (words.empty()) continue;
        Segment segment;
        const auto* phone =
            std::find(phones.begin(), phones.end(), lower(std::string(words.back())));
        if (words.size() != 3 || !is_number(words[0], segment.begin) ||
            !is_number(words[1], segment.end) || phone == phones.end() ||
            segment.begin >= segment.end || segment.end > most_samples ||
            (!segments.empty() && segment.begin < segments.back().end))
            fail("{}:{}: '{}', expected BEGIN END PHONE, in order, the phone one of the 61", path,
                 number, line);
        segment.phone = static_cast<std::size_t>(phone - phones.begin());
        segments.push_back(segment);
    }
    return segments;
}

void check_request(const ReadRequest& request) {
    if (request.classes != 61 && request.classes != 80)
        fail("timit has 61 classes, or 80 with halved vowels, but the task has {}",
             request.classes);
    if (request.shape.size() != context_features)
        fail("timit gives {} features ({} frames of {}), but the task's shape has {}",
             context_features, context_frames, frame_features, request.shape.size());
}

Speech listen(const std::string& folder, const ReadRequest& request) {
    const bool halves = request.classes == 80;
    Speech speech;
    speech.tokens.resize(static_cast<std::size_t>(request.classes));
    find_utterances(folder, speech);
    for (std::size_t u = 0; u < speech.utterances.size(); ++u)
        for (const Segment& s : segments_of(speech.utterances[u].labels)) {
            const std::size_t length = s.end - s.begin;
            if (!halves) {
                speech.tokens[s.phone].push_back({u, s.begin + length / 2});
            } else if (s.phone < halved_phones) {
                speech.tokens[2 * s.phone].push_back({u, s.begin + length / 4});
                speech.tokens[2 * s.phone + 1].push_back({u, s.begin + 3 * length / 4});
            } else {
                speech.tokens[s.phone + halved_phones].push_back({u, s.begin + length / 2});
            }
        }
    return speech;
}

// By label: "iy", or "iy 1" and "iy 2" of halves.
std::vector<std::string> names_of_labels(int classes) {
    std::vector<std::string> names;
    for (std::size_t phone = 0; phone < phones.size(); ++phone)
        if (classes == static_cast<int>(phones.size()) || phone >= halved_phones)
            names.emplace_back(phones[phone]);
        else
            for (const int half : {1, 2})
                names.push_back(fmt::format("{} {}", phones[phone], half));
    return names;
}

// Numbers of tokens, label by label, to tokens.
Chosen chosen_of(const Speech& speech, const std::vector<std::vector<std::size_t>>& numbers) {
    Chosen chosen;
    for (const auto& [label, number] : round_robin(numbers)) {
        chosen.tokens.push_back(speech.tokens[label][number]);
        chosen.labels.push_back(static_cast<std::uint16_t>(label));
    }
    return chosen;
}

struct Selection {
    Speech train_speech, test_speech;  // of one tree: both in the first
    Chosen train, test;
    bool two_trees = false;
    std::string lacking;

    const Speech& speech(bool of_test) const {
        return of_test && two_trees ? test_speech : train_speech;
    }
};

void find_lacking(Selection& selection, int classes) {
    const std::set<std::uint16_t> labels(selection.train.labels.begin(),
                                         selection.train.labels.end());
    if (selection.train_speech.utterances.empty())
        selection.lacking =
            fmt::format("no sound with labels, NAME.wav with NAME.phn, but {} without",
                        selection.train_speech.unlabelled);
    else if (static_cast<int>(labels.size()) < classes)
        selection.lacking = fmt::format("{} of {} classes", labels.size(), classes);
    else if (selection.test.tokens.empty())
        selection.lacking = "no test samples";
}

Selection select(const ReadRequest& request) {
    check_request(request);
    Selection selection;
    selection.two_trees = has_role(request, "train_audio") || has_role(request, "test_audio");
    const std::size_t classes = static_cast<std::size_t>(request.classes);
    std::vector<std::vector<std::size_t>> train(classes), test(classes);
    selection.train_speech =
        listen(path_of(request, selection.two_trees ? "train_audio" : "audio"), request);
    if (selection.two_trees)
        selection.test_speech = listen(path_of(request, "test_audio"), request);
    for (std::size_t label = 0; label < classes; ++label) {
        const std::size_t count = selection.train_speech.tokens[label].size();
        const Split& split = request.split;
        if (selection.two_trees) {
            const std::size_t tested = selection.test_speech.tokens[label].size();
            train[label] = split_class(label, count, {split.train_per_class, 0, 0}).train;
            test[label] = split_class(label, tested, {split.test_per_class, 0, 0}).train;
        } else {
            Parts parts = split_class(label, count, split);
            train[label] = std::move(parts.train);
            test[label] = std::move(parts.test);
        }
    }
    selection.train = chosen_of(selection.train_speech, train);
    selection.test = chosen_of(selection.speech(true), test);
    find_lacking(selection, request.classes);
    return selection;
}

// The features of the chosen tokens, utterance by utterance.
void read_part(const Speech& speech, const Chosen& chosen, Threads* threads, Dataset& set) {
    const std::size_t size = set.shape.size();
    set.pixels.resize(chosen.tokens.size() * size);
    std::vector<std::vector<std::size_t>> wanted(speech.utterances.size());
    for (std::size_t i = 0; i < chosen.tokens.size(); ++i)
        wanted[chosen.tokens[i].utterance].push_back(i);
    const auto work = [&](std::size_t first, std::size_t last, int) {
        for (std::size_t u = first; u < last; ++u) {
            if (wanted[u].empty()) continue;
            const std::string& path = speech.utterances[u].sound;
            const Sound sound = decode_sound(file_bytes(path), path);
            if (sound.rate != speech_rate)
                fail("{}: {} samples per second, expected {}", path, sound.rate, speech_rate);
            const std::vector<FrameFeatures> frames = speech_features(sound.samples);
            for (const std::size_t i : wanted[u]) {
                const std::size_t sample = chosen.tokens[i].sample;
                if (sample >= sound.samples.size())
                    fail("{}: {} samples, but {} labels sample {}", path, sound.samples.size(),
                         speech.utterances[u].labels, sample);
                copy_context(frames, sample, std::span(set.pixels).subspan(i * size, size));
            }
        }
    };
    if (threads)
        threads->share(wanted.size(), 4, work);
    else
        work(0, wanted.size(), 0);
}

// What the pixels depend on beside their files: the rules and the points.
std::uint64_t rules_of(const Selection& selection) {
    std::uint64_t hash = fingerprint(&feature_version, sizeof feature_version, fingerprint_start);
    for (const Chosen* chosen : {&selection.train, &selection.test})
        for (const Token& token : chosen->tokens)
            hash = fingerprint(&token, sizeof token, hash);
    return hash;
}

std::vector<std::string> sounds_of(const Speech& speech) {
    std::vector<std::string> paths;
    for (const Utterance& utterance : speech.utterances)
        paths.push_back(utterance.sound);
    return paths;
}

}  // namespace

ImageCounts look_timit(const ReadRequest& request) {
    const Selection selection = select(request);
    return {selection.train.tokens.size(), selection.test.tokens.size(), selection.lacking, 0};
}

TaskData read_timit(const ReadRequest& request) {
    const Selection selection = select(request);
    if (!selection.lacking.empty())
        fail("{}: incomplete: {}", request.files.front().path, selection.lacking);
    TaskData data;
    data.class_names = names_of_labels(request.classes);
    for (const bool test : {false, true}) {
        Dataset& set = test ? data.test : data.train;
        set.shape = request.shape;
        set.classes = request.classes;
        set.labels = (test ? selection.test : selection.train).labels;
    }
    const std::size_t unlabelled =
        selection.train_speech.unlabelled + selection.test_speech.unlabelled;
    if (unlabelled > 0) {
        data.passed_over["sounds without labels"] = unlabelled;
        data.notices.push_back(
            fmt::format("passed over: {} sounds without a .phn beside them", unlabelled));
    }
    const PixelCache cache(request, rules_of(selection),
                           {sounds_of(selection.train_speech), sounds_of(selection.test_speech)});
    if (cache.read(data, {}, request.threads)) return data;
    read_part(selection.speech(false), selection.train, request.threads, data.train);
    read_part(selection.speech(true), selection.test, request.threads, data.test);
    cache.write(data, {}, request.threads);
    return data;
}

}  // namespace crossbar
