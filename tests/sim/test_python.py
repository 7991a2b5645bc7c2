"""The module for Python against the program and the library's rules: "ok NAME" or "FAIL NAME: why", "all made" at the end."""

import ast
import gc
import json
import os
import signal
import subprocess
import threading
import time
import traceback
from pathlib import Path

import numpy as np

import crossbar_sim as xs

NETWORK = "conv 3x3x4, bn, max 2x2/2, relu, fc 2"


def halves(count):
    """Left or right half bright: what any network learns at once."""
    labels = np.arange(count) % 2
    images = np.random.default_rng(1).integers(0, 60, (count, 8, 8), dtype=np.uint8)
    for image, label in zip(images, labels):
        image[:, 4:] += np.uint8(150 * label)
        image[:, :4] += np.uint8(150 * (1 - label))
    return images, labels


def small(**changes):
    settings = {"network": NETWORK, "epochs": 2, "batch": 20, "threads": 1} | changes
    return xs.Session(halves(200), halves(60), **settings)


def program(*arguments):
    result = subprocess.run([os.environ["SIM"], *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


QUICK = {"task": "mnist", "epochs": 1, "train_images": 400, "test_images": 200, "data": "synthetic"}


def options(settings):
    return [word for name, value in settings.items() for word in ("--" + name.replace("_", "-"), str(value))]


def raises(kind, text, call):
    try:
        call()
    except kind as error:
        assert text in str(error), f"{text!r} is not in {error}"
        return
    raise AssertionError(f"no {kind.__name__}")


def test_run_is_the_programs():
    for extra in ({}, {"weight_bits": 1}, {"target": "pcm", "epochs": 1}, {"feedback": "sym", "threads": 2}):
        settings = QUICK | extra
        record = json.loads(program("train", *options(settings), "--json", "-"))
        session = xs.train(**settings)
        assert session.signature == record["signature"], (session.signature, record["signature"])
        assert session.evaluate().error_percent == record["test_error_percent"]


def test_steps_are_the_run():
    whole, steps = small().train(), small()
    while not steps.finished:
        steps.step()
    assert steps.signature == whole.signature
    assert steps.standing.epochs == 2 and len(steps.history) == 2
    assert steps.history[0].train.images == 200


def test_checkpoints_are_the_programs():
    session = xs.Session(**(QUICK | {"epochs": 2}))
    session.train_epoch()
    session.save("half.ckpt")
    assert xs.read_checkpoint("half.ckpt").epochs == 1
    later = xs.load("half.ckpt").train()
    record = json.loads(program("train", "--resume", "half.ckpt", "--json", "-"))
    assert later.signature == record["signature"] == xs.train(**(QUICK | {"epochs": 2})).signature


def test_images_in_memory_go_on():
    session = small()
    session.train_epoch()
    session.save("memory.ckpt")
    later = xs.load("memory.ckpt", halves(200), halves(60)).train()
    assert later.signature == small().train().signature
    assert xs.evaluate("memory.ckpt", *halves(60)).images == 60
    raises(xs.Error, "other images", lambda: xs.load("memory.ckpt", halves(180), halves(60)))


def test_views_are_the_memory():
    session = small()
    layer = session.layers[0]
    before, address = layer.levels.copy(), layer.levels.ctypes.data
    session.train()
    assert layer.levels.ctypes.data == session.layers[0].levels.ctypes.data == address
    assert (layer.levels != before).any()
    assert layer.levels.shape == (4, 3, 3, 1) and layer.levels.dtype == np.int8
    assert not layer.levels.flags.writeable
    assert layer.trace.shape == layer.feedback.shape == layer.levels.shape
    # They keep the session alive.
    levels = session.layers[1].levels
    total = int(levels.sum())
    del session, layer
    gc.collect()
    assert int(levels.sum()) == total


def test_state_of_devices():
    session = small(target="pcm").train()
    layer = session.layers[0]
    assert layer.state["wear_1"].dtype == np.uint16 and layer.state["wear_1"].sum() > 0
    assert layer.state["second_device"].shape == layer.levels.shape
    wide = small(weight_bits=12).layers[0]
    assert wide.levels.dtype == np.int16 and np.abs(wide.levels).max() > 127
    sgd = small(rule="sgd", feedback="sym", rate=0.02).train().layers[0]
    assert sgd.trace.dtype == np.int32


def test_activations_and_logits():
    session = small().train()
    images, labels = halves(60)
    stages = session.activations(images)
    assert [stage.text for stage in stages] == ["image", "conv 3x3x4", "max 2x2/2", "relu"], stages
    image, conv, pool, relu = (stage.values for stage in stages)
    assert image.shape == (60, 8, 8, 1) and conv.shape == (60, 6, 6, 4)
    assert (image[..., 0] == (images.astype(int) * 127 + 127) // 255).all()
    windows = conv.reshape(60, 3, 2, 3, 2, 4).max(axis=(2, 4))
    assert (pool == windows).all()
    assert (relu == np.maximum(pool, 0)).all()
    # The last layer by hand: sums of what comes in, times levels.
    last = session.layers[-1]
    sums = relu.reshape(60, -1).astype(np.int64) @ last.levels.reshape(2, -1).astype(np.int64).T
    logits = session.logits(images)
    scale = logits[0, 0] / sums[0, 0]
    assert np.allclose(logits, sums * scale, rtol=1e-6)
    assert (session.predict(images) == sums.argmax(axis=1)).all()
    wrong = int((session.predict(images) != labels).sum())
    assert session.evaluate().wrong == wrong == session.evaluate(images, labels).wrong
    assert session.evaluate().confusion.sum() == 60 and session.evaluate().confusion.shape == (2, 2)


def test_callbacks():
    seen = []
    session = small()
    session.train(on_batch=lambda s: seen.append(s.steps), on_epoch=lambda s: seen.append(-s.epochs))
    assert seen == [*range(1, 11), -1, *range(11, 21), -2], seen
    stopped = small().train(on_batch=lambda s: s.steps < 5)
    assert stopped.standing.steps == 5 and not stopped.finished
    assert stopped.train().signature == session.signature

    def fails(standing):
        raise KeyError("mine")

    broken = small()
    raises(KeyError, "mine", lambda: broken.train(on_batch=fails))
    assert broken.standing.steps == 1 and broken.train().signature == session.signature
    nested = small()
    raises(xs.LogicError, "its own callbacks", lambda: nested.train(on_batch=lambda s: nested.step()))


def test_interrupt_keeps_what_there_is():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    plain = xs.train(**(QUICK | {"train_images": 2000}))
    session = xs.Session(**(QUICK | {"train_images": 2000}))
    threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        session.train()
        time.sleep(5)
        raise AssertionError("not interrupted")
    except KeyboardInterrupt:
        pass
    assert session.train().signature == plain.signature


def test_threads():
    # Others run meanwhile; the same session is refused.
    session = xs.Session(**(QUICK | {"train_images": 4000, "threads": 1}))
    refused, ran = [], []
    worker = threading.Thread(target=session.train)
    worker.start()
    while worker.is_alive():
        ran.append(1)
        try:
            session.standing
        except xs.LogicError as error:
            refused.append(str(error))
        time.sleep(0.001)
    worker.join()
    assert session.finished and "another thread" in refused[0] and len(ran) > 10
    both = [xs.Session(**(QUICK | {"threads": 1})) for _ in range(2)]
    workers = [threading.Thread(target=each.train) for each in both]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert both[0].signature == both[1].signature == xs.train(**QUICK).signature


def test_refusals():
    raises(xs.Error, "did you mean '--weight-bits'?", lambda: xs.train(task="mnist", weigth_bits=1))
    raises(xs.Error, "1 to 16", lambda: xs.train(task="mnist", weight_bits=17))
    raises(xs.Error, "did you mean", lambda: xs.train(task="minst"))
    raises(xs.Error, "expected a number, text", lambda: xs.train(task="mnist", rate=object()))
    raises(xs.LogicError, "nothing has been trained", lambda: small().evaluate())
    raises(xs.LogicError, "all 2 epochs are done", lambda: small().train().train_epoch())
    x, y = halves(20)
    network = {"network": NETWORK}
    raises(xs.Error, "expected uint8", lambda: xs.Session((x / 255, y), (x, y), **network))
    raises(xs.Error, "expected whole numbers", lambda: xs.Session((x, y / 2), (x, y), **network))
    raises(xs.Error, "one label for each", lambda: xs.Session((x, y[:-1]), (x, y), **network))
    raises(xs.Error, "below the 2 classes", lambda: xs.Session((x, y + 1), (x, y), classes=2, **network))
    raises(xs.Error, "come without one", lambda: xs.Session((x, y), (x, y)))
    raises(xs.Error, "expected the same", lambda: xs.Session((x, y), (x[:, :4], y), **network))
    raises(xs.Error, "labels from -1", lambda: xs.Session((x, y - 1), (x, y), **network))
    raises(xs.Error, "expected both", lambda: xs.Session((x, y), **network))
    raises(xs.Error, "no levels", lambda: small(arithmetic="float").layers)
    raises(xs.Error, "missing.ckpt", lambda: xs.load("missing.ckpt"))
    Path("cut.ckpt").write_bytes(b"not a checkpoint")
    raises(xs.Error, "cut.ckpt", lambda: xs.load("cut.ckpt"))
    # As many pixels as seven images of 8 x 8.
    raises(xs.Error, "expected any number of 8 x 8 x 1", lambda: small().train().logits(np.zeros((8, 7, 8), np.uint8)))
    raises(xs.Error, "7x8", lambda: small().train().evaluate(np.zeros((8, 7, 8), np.uint8), np.zeros(8, int)))


def test_targets_as_dicts():
    target = {"device": {"pulse": 0.02}}
    session = small(target=target).train()
    text = 'title = "given as a dict"\ncitation = "none"\n[device]\npulse = 0.02\n'
    assert session.signature == small(target=text).train().signature
    assert session.signature != small().train().signature
    changed = small(target=target, device={"pulse": 0.05}).train()
    assert changed.signature == small(target=text, device="pulse=0.05").train().signature
    raises(xs.Error, "puls", lambda: small(target={"device": {"puls": 0.02}}))
    tiles = small(target={"tiles": {"rows": 16, "adc_bits": 5}}).train()
    assert tiles.signature != small().train().signature


def test_other_hardware():
    session = small(target="pcm_inference").train()
    results = session.evaluate_written()
    assert len(results) >= 2 and all(each.images == 60 for each in results), results
    assert results[0].seconds < results[-1].seconds
    ideal = small().train()
    assert ideal.evaluate_written() == []
    # Laid over a network that was trained without it.
    images, labels = halves(60)
    assert ideal.evaluate(target="ideal").loss == ideal.evaluate().loss
    coarse = ideal.evaluate(device={"tiles": {"adc_bits": 2}})
    assert coarse.images == 60 and coarse.loss != ideal.evaluate().loss
    assert ideal.evaluate(images, labels, device="tiles.adc_bits=2").loss == coarse.loss
    task = xs.train(**QUICK)
    task.save("plain.ckpt")
    record = json.loads(program("eval", "plain.ckpt", "--target", "pcm", "--json", "-"))
    assert xs.evaluate("plain.ckpt", target="pcm").error_percent == record["test_error_percent"]
    assert task.evaluate(target="pcm").error_percent == record["test_error_percent"]
    raises(xs.Error, "weight-bits", lambda: ideal.evaluate(target="cell_2bit"))


def test_layers_of_their_own():
    session = small(layer={1: {"weight_bits": 4}, "last": {"stuck_low": 0.1, "tiles": {"adc_bits": 6}}})
    text = "1:weight-bits=4;last:stuck_low=0.1,tiles.adc_bits=6"
    assert session.train().signature == small(layer=text).train().signature
    assert [layer.bits for layer in session.layers] == [4, 8]
    raises(xs.Error, "is no layer", lambda: small(layer={3: {"weight_bits": 4}}))


def test_alignment():
    angles = small().train().alignment()
    assert [each.text for each in angles] == ["conv 3x3x4", "fc 2"]
    assert all(0 <= each.degrees < 90 for each in angles)


def perceptron():
    """A perceptron for halves, as PyTorch names and lays out its tensors."""
    right = np.tile(np.arange(8) >= 4, 8).reshape(1, 64)
    return {"fc.weight": np.concatenate([1.0 - right, 1.0 * right]) / 8, "fc.bias": np.zeros(2)}


def test_weights_of_another_tool():
    images, labels = halves(60)
    settings = {"network": "fc 2", "epochs": 0}
    session = xs.Session(halves(200), (images, labels), weights=perceptron(), **settings)
    assert session.evaluate().wrong == 0
    (carried,) = session.carried
    assert carried.tensor == "fc.weight" and carried.synapses == 128 and carried.rms_error < 0.02
    signs = np.sign(session.layers[0].levels.reshape(2, 64))
    assert (signs == np.sign(perceptron()["fc.weight"])).all()
    session.save("carried.ckpt")
    assert xs.evaluate("carried.ckpt", images, labels).wrong == 0
    trained = xs.Session(halves(200), (images, labels), weights=perceptron(), network="fc 2", epochs=1, weight_bits=2).train()
    assert trained.evaluate().wrong <= 1

    wrong = perceptron() | {"fc.weight": np.zeros((3, 64))}
    raises(xs.Error, "3 x 64", lambda: xs.Session(halves(200), (images, labels), weights=wrong, **settings))
    holed = perceptron() | {"fc.weight": np.full((2, 64), np.nan)}
    raises(xs.Error, "nan", lambda: xs.Session(halves(200), (images, labels), weights=holed, **settings))
    texts = {"fc.weight": np.array([object()])}
    raises(xs.Error, "expected numbers", lambda: xs.Session(halves(200), (images, labels), weights=texts, **settings))
    raises(xs.Error, "there are none", lambda: xs.Session(weights={}, **QUICK))
    Path("cut.npz").write_bytes(b"PK no archive")
    raises(xs.Error, "cut.npz", lambda: xs.Session(weights="cut.npz", **QUICK))
    raises(xs.Error, "give its arrays", lambda: xs.Session(weights="net.onnx", **QUICK))


def test_weights_of_files_are_the_programs():
    xs.train(save="begin.ckpt", **QUICK)
    program("export", "begin.ckpt", "begin.npz")
    rng = np.random.default_rng(1)
    layers = {"0.weight": (20, 1, 5, 5), "3.weight": (50, 20, 5, 5), "7.weight": (500, 800), "9.weight": (10, 500)}
    np.savez("drawn.npz", **{name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in layers.items()})
    for file in ("begin.npz", "drawn.npz", "begin.ckpt"):
        record = json.loads(program("train", *options(QUICK), "--weights", file, "--json", "-"))
        assert xs.train(weights=file, **QUICK).signature == record["signature"], file


def test_study():
    settings = {key: value for key, value in QUICK.items() if key != "epochs"}
    table = xs.study({"weight_bits": [1, 8], "rule": ["bm1"]}, epochs=1, seeds=2, store="s.jsonl", threads=1, **settings)
    assert table.columns == ["weight_bits", "rule", "seeds", "error_percent", "spread"]
    assert [(row["weight_bits"], row["seeds"]) for row in table.rows] == [(1, 2), (8, 2)], table.rows
    run = next(run for run in table.runs if run["weight_bits"] == 8 and run["seed"] == 1)
    assert run["record"]["signature"] == xs.train(rule="bm1", weight_bits=8, **QUICK).signature
    began = time.monotonic()
    again = xs.study({"weight_bits": [1, 8], "rule": ["bm1"]}, epochs=1, seeds=2, store="s.jsonl", threads=1, **settings)
    assert again.rows == table.rows and time.monotonic() - began < 5
    assert again.to_csv().splitlines()[0] == "weight_bits,rule,seeds,error_percent,spread"
    assert "<td>8</td>" in table._repr_html_() and "weight_bits" in str(table)
    raises(xs.Error, "weight-bits", lambda: xs.study({"weight_bits": [99]}, **settings))
    # What the task says is taken back: no flag that is False is left out.
    plain = {"task": "cifar10-resnet8", "network": "conv 3x3x4/4, bn, relu, fc 10"} | {
        key: value for key, value in settings.items() if key != "task"
    }
    flip = xs.study({"augment_flip": [True, False]}, epochs=1, **plain)
    off = xs.study({"weight_bits": [8]}, epochs=1, augment_flip=False, **plain)
    assert off.runs[0]["record"]["signature"] == flip.runs[1]["record"]["signature"] != flip.runs[0]["record"]["signature"]
    keys = xs.study({"device.tiles.adc_bits": [3, 6]}, epochs=1, device={"tiles": {"rows": 64}}, threads=1, **settings)
    assert [row["device.tiles.adc_bits"] for row in keys.rows] == [3, 6], keys.rows
    lists = {"layer": [{1: {"weight_bits": 4}, 2: {"weight_bits": 2}}]}
    raises(xs.Error, "cannot stand in a list", lambda: xs.study(lists, **settings))
    memory = xs.study({"weight_bits": [2, 8]}, seeds=2, train=halves(200), test=halves(60), network=NETWORK, epochs=1, batch=20)
    assert [row["weight_bits"] for row in memory.rows] == [2, 8] and len(memory.runs) == 4
    raises(xs.Error, "expected settings", lambda: xs.study({}))


def test_help_and_stubs():
    for setting in xs.settings():
        assert setting.name.replace("-", "_") + ": " in xs.train.__doc__
    stub = ast.parse((Path(xs.__file__).parent / "__init__.pyi").read_text())
    names = {node.name for node in stub.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert names >= set(xs.__all__), set(xs.__all__) - names
    train = next(node for node in stub.body if isinstance(node, ast.FunctionDef) and node.name == "train")
    given = {argument.arg for argument in train.args.kwonlyargs}
    assert given >= {setting.name.replace("-", "_") for setting in xs.settings()}
    session = next(node for node in stub.body if isinstance(node, ast.ClassDef) and node.name == "Session")
    methods = {node.name for node in session.body if isinstance(node, ast.FunctionDef)}
    assert methods >= {name for name in vars(xs.Session) if not name.startswith("_")}


def test_progress(capture="progress.err"):
    script = "import sys, numpy, test_python as t; t.small(epochs=3).train(progress=True)"
    environment = os.environ | {"PYTHONPATH": f"{os.environ['PYTHONPATH']}:{Path(__file__).parent}", "COLUMNS": "60"}
    result = subprocess.run([__import__("sys").executable, "-c", script], env=environment, capture_output=True, text=True)
    lines = [line for line in result.stderr.replace("\n", "\r").split("\r") if line.strip()]
    assert result.returncode == 0 and "epoch" in lines[-1], result.stderr
    assert max(map(len, lines)) < 60


def main():
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print("ok", name[5:].replace("_", " "), flush=True)
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAIL {name}: {type(error).__name__} {error} (line {where.lineno})", flush=True)
    print("all made")


if __name__ == "__main__":
    main()
