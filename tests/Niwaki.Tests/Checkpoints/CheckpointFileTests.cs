using System.IO.Compression;

namespace Niwaki.Tests;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Path => folder.Of("model.pth");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_zip_gives_whole_tensors_views_and_shared_storages()
    {
        var shared = StoredTensor.Floats("1", [6], 0, 1, 2, 3, 4, 5);
        TorchFiles.Zip(Path, ("whole", StoredTensor.Floats("0", [2, 2], 1, 2, 3, 4)), ("transposed", shared with { Sizes = [3, 2], Strides = [1, 3] }), ("column", shared with { Sizes = [2], Strides = [3], Offset = 2 }), ("repeated", shared with { Sizes = [2, 2], Strides = [0, 1] }), ("single", shared with { Sizes = [], Strides = [], Offset = 5 }));
        var state = CheckpointFile.Read(Path);
        Assert.Equal("PyTorch (zip)", state.Format);
        Assert.Equal(["whole", "transposed", "column", "repeated", "single"], state.Tensors.Keys);
        Same(state, "whole", new Shape(2, 2), 1, 2, 3, 4);
        Same(state, "transposed", new Shape(3, 2), 0, 3, 1, 4, 2, 5);
        Same(state, "column", new Shape(2), 2, 5);
        Same(state, "repeated", new Shape(2, 2), 0, 1, 0, 1);
        Same(state, "single", new Shape(), 5);
    }

    [Theory]
    [InlineData("HalfStorage", "003c00c0", 2)]
    [InlineData("BFloat16Storage", "803f00c0", 2)]
    [InlineData("DoubleStorage", "000000000000f03f00000000000000c0", 8)]
    [InlineData("LongStorage", "0100000000000000feffffffffffffff", 8)]
    [InlineData("IntStorage", "01000000feffffff", 4)]
    [InlineData("ShortStorage", "0100feff", 2)]
    [InlineData("CharStorage", "01fe", 1)]
    public void Numbers_of_other_types_become_float32_in_either_byte_order(string type, string hex, int size)
    {
        var bytes = Convert.FromHexString(hex);
        var tensor = new StoredTensor("0", type, bytes, 2, 0, [2], [1]);
        TorchFiles.Zip(Path, ("x", tensor));
        Same(CheckpointFile.Read(Path), "x", new Shape(2), 1, -2);

        for (var at = 0; at < bytes.Length; at += size)
            Array.Reverse(bytes, at, size);
        TorchFiles.Zip(Path, new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor))).Stop().ToArray(), [tensor], byteOrder: "big");
        Same(CheckpointFile.Read(Path), "x", new Shape(2), 1, -2);
    }

    [Fact]
    public void Truth_values_empty_tensors_and_compressed_entries_are_read()
    {
        var truth = new StoredTensor("0", "BoolStorage", [1, 0, 1], 3, 0, [3], [1]);
        var empty = new StoredTensor("1", "FloatStorage", [], 0, 0, [0, 4], [4, 1]);
        TorchFiles.Zip(Path, new PickleBytes().Value(TorchFiles.Dictionary(("truth", truth), ("empty", empty))).Stop().ToArray(), [truth, empty], compression: CompressionLevel.Optimal);
        var state = CheckpointFile.Read(Path);
        Same(state, "truth", new Shape(3), 1, 0, 1);
        Same(state, "empty", new Shape(0, 4));
    }

    [Fact]
    public void The_format_before_1_6_and_the_first_one_give_the_same()
    {
        var shared = StoredTensor.Floats("7", [6], 0, 1, 2, 3, 4, 5);
        (string, StoredTensor)[] tensors = [("a", shared with { Sizes = [3, 2], Strides = [1, 3] }), ("b", StoredTensor.Floats("3", [1, 2], 8, 9)), ("c", shared with { Sizes = [2], Strides = [1], Offset = 4 })];
        File.WriteAllBytes(Path, TorchFiles.Legacy(littleEndian: true, tensors));
        var legacy = CheckpointFile.Read(Path);
        TorchFiles.Tar(folder.Of("first.pth"), tensors);
        var tar = CheckpointFile.Read(folder.Of("first.pth"));
        Assert.Equal(("PyTorch (before 1.6)", "PyTorch (tar)"), (legacy.Format, tar.Format));
        foreach (var state in (ForeignState[])[legacy, tar])
        {
            Assert.Equal(["a", "b", "c"], state.Tensors.Keys);
            Same(state, "a", new Shape(3, 2), 0, 3, 1, 4, 2, 5);
            Same(state, "b", new Shape(1, 2), 8, 9);
            Same(state, "c", new Shape(2), 4, 5);
        }
    }

    [Theory]
    [InlineData("state_dict", "x")]
    [InlineData("model", "x")]
    [InlineData("model_ema,state_dict", "x")]
    [InlineData("anything", "x")]
    public void Wrappers_of_trainings_are_opened_and_said(string wrappers, string name)
    {
        object? inside = TorchFiles.Dictionary((name, StoredTensor.Floats("0", [1], 4)));
        foreach (var wrapper in wrappers.Split(',').Reverse())
            inside = new Dictionary<string, object?> { ["epoch"] = 3, ["args"] = new object?[] { 1, "two", 0.5, null, true }, [wrapper] = inside };
        var tensor = StoredTensor.Floats("0", [1], 4);
        TorchFiles.Zip(Path, new PickleBytes().Value(inside).Stop().ToArray(), [tensor]);
        var state = CheckpointFile.Read(Path);
        Assert.Equal(wrappers.Replace(',', '.'), state.Entry);
        Same(state, name, new Shape(1), 4);
    }

    [Fact]
    public void Averaged_weights_go_first_and_an_entry_can_be_named()
    {
        StoredTensor[] tensors = [StoredTensor.Floats("0", [1], 1), StoredTensor.Floats("1", [1], 2), StoredTensor.Floats("2", [1], 3)];
        var root = new Dictionary<string, object?> { ["model"] = TorchFiles.Dictionary(("x", tensors[0])), ["model_ema"] = TorchFiles.Dictionary(("x", tensors[1])), ["best.model"] = TorchFiles.Dictionary(("x", tensors[2])) };
        TorchFiles.Zip(Path, new PickleBytes().Value(root).Stop().ToArray(), tensors);
        Same(CheckpointFile.Read(Path), "x", new Shape(1), 2);
        Same(CheckpointFile.Read(Path, "model"), "x", new Shape(1), 1);
        Same(CheckpointFile.Read(Path, "best.model"), "x", new Shape(1), 3);
        Refused("has no dict at --entry teacher. There are model, model_ema, best.model", entry: "teacher");

        root = new() { ["left"] = root["model"], ["right"] = root["model_ema"] };
        TorchFiles.Zip(Path, new PickleBytes().Value(root).Stop().ToArray(), tensors);
        Refused("tensors in several places: left, right. Say which with --entry");
    }

    [Fact]
    public void What_is_no_tensor_beside_tensors_is_listed()
    {
        var tensor = StoredTensor.Floats("0", [1], 4);
        TorchFiles.Zip(Path, new PickleBytes().Value(new Dictionary<string, object?> { ["x"] = tensor, ["extra_state"] = null, ["steps"] = 7 }).Stop().ToArray(), [tensor]);
        Assert.Equal(["extra_state", "steps"], CheckpointFile.Read(Path).Others);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_and_never_a_bug()
    {
        (string, StoredTensor)[] tensors = [("x", StoredTensor.Floats("0", [2], 1, 2))];
        TorchFiles.Zip(Path, tensors);
        foreach (var whole in (byte[][])[File.ReadAllBytes(Path), TorchFiles.Legacy(true, tensors)])
        {
            for (var length = 0; length < whole.Length; length += 1 + (whole.Length / 400))
            {
                File.WriteAllBytes(Path, whole[..length]);
                Assert.Throws<StageException>(() => CheckpointFile.Read(Path));
            }
        }
    }

    [Fact]
    public void A_file_with_wrong_bytes_is_read_or_refused_and_never_a_bug()
    {
        (string, StoredTensor)[] tensors = [("x", StoredTensor.Floats("0", [2], 1, 2)), ("y", StoredTensor.Floats("0", [2], 1, 2) with { Sizes = [1], Strides = [1] })];
        TorchFiles.Zip(Path, tensors);
        TorchFiles.Tar(folder.Of("tar"), tensors);
        var random = new Random(7);
        var refused = 0;
        foreach (var whole in (byte[][])[File.ReadAllBytes(Path), TorchFiles.Legacy(true, tensors), File.ReadAllBytes(folder.Of("tar"))])
        {
            for (var round = 0; round < 500; round++)
            {
                var bytes = whole.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                File.WriteAllBytes(Path, bytes);
                try
                {
                    CheckpointFile.Read(Path);
                }
                catch (StageException)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 200, 1500);
    }

    [Theory]
    [InlineData("<!doctype html><title>Sign in</title>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS")]
    [InlineData("\u001f\u008bgz", "gzip")]
    [InlineData("{ \"weight_map\": 1 }", "JSON")]
    [InlineData("", "empty")]
    [InlineData("nothing that anybody knows", "no format")]
    public void Files_of_other_kinds_are_called_what_they_are(string content, string what)
    {
        File.WriteAllBytes(Path, System.Text.Encoding.Latin1.GetBytes(content));
        Refused(what);
    }

    [Fact]
    public void Parts_with_an_index_are_one_checkpoint()
    {
        SafeTensors.Write(folder.Of("part-1.safetensors"), [KeyValuePair.Create("a", Vector(1, 2))]);
        SafeTensors.Write(folder.Of("part-2.safetensors"), [KeyValuePair.Create("b", Vector(3))]);
        var index = folder.Of("model.safetensors.index.json");
        File.WriteAllText(index, """{ "metadata": { "total_size": 12 }, "weight_map": { "b": "part-2.safetensors", "a": "part-1.safetensors" } }""");
        var state = CheckpointFile.Read(index);
        Assert.Equal("safetensors in 2 parts", state.Format);
        Assert.Equal(["b", "a"], state.Tensors.Keys);
        Assert.Equal([1f, 2], state.Tensors["a"].Values);
        Assert.Equal(3, state.Files.Count);
    }

    [Theory]
    [InlineData("""{ "weight_map": { "a": "../part-1.safetensors" } }""", "no plain name")]
    [InlineData("""{ "weight_map": { "a": "/etc/passwd" } }""", "no plain name")]
    [InlineData("""{ "weight_map": { "a": "C:\\x" } }""", "no plain name")]
    [InlineData("""{ "weight_map": { "a": ".." } }""", "no plain name")]
    [InlineData("""{ "weight_map": { "a": "part-9.safetensors" } }""", "is not beside it")]
    [InlineData("""{ "weight_map": { "a": "part-1.safetensors", "a": "part-1.safetensors" } }""", "lists a twice")]
    [InlineData("""{ "weight_map": { "z": "part-1.safetensors" } }""", "which does not have it")]
    [InlineData("""{ "weight_map": { } }""", "lists no tensors")]
    [InlineData("""{ "weight_map": 7 }""", "is not an index")]
    [InlineData("""{ "weights": {} }""", "is not an index")]
    [InlineData("""{ "weight_map": """, "is not an index")]
    public void An_index_that_leads_elsewhere_or_does_not_fit_is_refused(string json, string why)
    {
        SafeTensors.Write(folder.Of("part-1.safetensors"), [KeyValuePair.Create("a", Vector(1, 2))]);
        var index = folder.Of("x.index.json");
        File.WriteAllText(index, json);
        Assert.Contains(why, Assert.Throws<StageException>(() => CheckpointFile.Read(index)).Message, StringComparison.Ordinal);
    }

    private static Weight Vector(params float[] values) => new(new Shape(values.Length), values);

    private void Refused(string why, string? entry = null) => Assert.Contains(why, Assert.Throws<StageException>(() => CheckpointFile.Read(Path, entry)).Message, StringComparison.Ordinal);

    private static void Same(ForeignState state, string name, Shape shape, params float[] values)
    {
        Assert.Equal(shape, state.Tensors[name].Shape);
        Assert.Equal(values, state.Tensors[name].Values);
    }
}
