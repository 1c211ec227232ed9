using System.IO.Compression;
using System.Text;

namespace Niwaki.Tests;

public sealed class HostilePickleTests : IDisposable
{
    private const long Allowed = 64 << 20;
    private readonly TemporaryFolder folder = new();
    private readonly StoredTensor tensor = StoredTensor.Floats("0", [2], 1, 2);

    private string Path => folder.Of("model.pth");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "exec")]
    [InlineData("builtins", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("timm.models.vision_transformer", "VisionTransformer")]
    public void A_name_that_no_tensor_needs_is_refused_by_its_name(string module, string name)
    {
        var file = folder.Of("executed");
        Write(new PickleBytes().Global(module, name).Value(new object?[] { $"touch {file}" }).Call().Stop());
        Refused($"'{module}.{name}'", "Nothing of it was executed");
        Write(new PickleBytes(4).Value(module).Value(name).Raw(0x93).Value(new object?[] { $"touch {file}" }).Call().Stop());
        Refused($"'{module}.{name}'");
        Write(new PickleBytes().Raw([(byte)'(', .. Encoding.UTF8.GetBytes($"S'touch {file}'\ni{module}\n{name}\n")]).Stop());
        Refused($"'{module}.{name}'");
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_name_inside_another_value_is_refused_too()
    {
        Write(new PickleBytes().Value(new Dictionary<string, object?> { ["state_dict"] = new Dictionary<string, object?> { ["x"] = tensor }, ["meta"] = (Action<PickleBytes>)(pickle => pickle.Global("builtins", "eval").Value(new object?[] { "1" }).Call()) }).Stop());
        Refused("'builtins.eval'");
    }

    [Fact]
    public void The_result_of_a_call_is_not_called()
    {
        Write(new PickleBytes().Global("collections", "OrderedDict").Op(')').Call().Value(new object?[] { "ls" }).Call().Stop());
        Refused("calls the result of another call");
        Write(new PickleBytes().Value("os.system").Value(new object?[] { "ls" }).Call().Stop());
        Refused("calls the result of another call");
    }

    [Fact]
    public void A_deep_nest_of_calls_costs_no_stack()
    {
        var pickle = new PickleBytes();
        for (var i = 0; i < 200_000; i++)
            pickle.Global("collections", "OrderedDict").Op('(');
        for (var i = 0; i < 200_000; i++)
            pickle.Op('t').Call();
        Write(pickle.Stop());
        Refused("no dict of named tensors");
        pickle = new PickleBytes().Op(')');
        for (var i = 0; i < 1_000_000; i++)
            pickle.Raw(0x85);
        Write(pickle.Stop());
        Refused("no dict");
    }

    [Fact]
    public void A_list_that_is_copied_over_and_over_is_stopped()
    {
        var pickle = new PickleBytes().Raw((byte)']', (byte)'(');
        for (var i = 0; i < 5000; i++)
            pickle.Value(new object?[] { $"k{i}", 0 });
        pickle.Op('e').Raw((byte)'q', 0).Op('(');
        for (var i = 0; i < 5000; i++)
            pickle.Global("collections", "OrderedDict").Raw((byte)'h', 0, 0x85).Call();
        Write(pickle.Op('t').Stop());
        Bounded(() => Refused("copies one list over and over"));
    }

    [Fact]
    public void A_dict_that_doubles_itself_through_the_memo_is_not_followed()
    {
        var pickle = new PickleBytes().Raw((byte)'}', (byte)'q', 0);
        for (byte i = 1; i < 40; i++)
            pickle.Raw((byte)'}', (byte)'(').Value("left").Raw((byte)'h', (byte)(i - 1)).Value("right").Raw((byte)'h', (byte)(i - 1)).Raw((byte)'u', (byte)'q', i);
        Write(pickle.Stop());
        Bounded(() => Refused("no dict of named tensors"));
    }

    [Fact]
    public void A_list_that_holds_itself_is_not_followed()
    {
        Write(new PickleBytes().Raw((byte)'}', (byte)'q', 0).Value("state_dict").Raw((byte)'h', 0).Op('s').Stop());
        Refused("no dict of named tensors");
    }

    [Theory]
    [InlineData("X\u00ff\u00ff\u00ff\u007f", "announces")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "announces")]
    [InlineData("B\u00ff\u00ff\u00ff\u00ff", "announces")]
    [InlineData("\u008b\u00ff\u00ff\u00ff\u007f", "has a number of")]
    [InlineData("h\u0005", "recalls value 5, which it never stored")]
    [InlineData("R", "takes more from the stack")]
    [InlineData("(R", "takes more from the stack")]
    [InlineData("t", "never opened")]
    [InlineData("}(Nu", "a key without a value")]
    [InlineData("]Nb", "no dict")]
    [InlineData("NNb", "attributes")]
    [InlineData("NNs", "takes more")]
    [InlineData("NNNs", "no dict")]
    [InlineData("\u0082\u0001", "extension code")]
    [InlineData("\u0097", "buffers")]
    [InlineData("\u00fe", "no instruction")]
    [InlineData("\u0080\u0009", "protocol 9")]
    [InlineData("NQ", "outside of its pickle")]
    public void Instructions_that_lie_are_refused(string code, string why)
    {
        Write(new PickleBytes().Raw(Encoding.Latin1.GetBytes(code)).Stop());
        Bounded(() => Refused(why));
    }

    [Fact]
    public void A_name_that_comes_twice_is_refused()
    {
        Write(new PickleBytes().Value(new[] { KeyValuePair.Create("x", (object?)tensor), KeyValuePair.Create("x", (object?)tensor) }).Stop());
        Refused("gives 'x' twice");
    }

    [Fact]
    public void Views_beyond_their_storage_are_refused()
    {
        foreach (var wrong in (StoredTensor[])[tensor with { Sizes = [3], Strides = [1] }, tensor with { Offset = 1 }, tensor with { Offset = -1 }, tensor with { Strides = [2] }, tensor with { Strides = [-1] }, tensor with { Sizes = [-1], Strides = [1] }, tensor with { Sizes = [int.MaxValue, int.MaxValue, int.MaxValue], Strides = [0, 0, 0] }, tensor with { Strides = [] }])
        {
            Write(new PickleBytes().Value(TorchFiles.Dictionary(("x", wrong))).Stop());
            Bounded(() => Refused("has a tensor"));
        }
    }

    [Fact]
    public void A_view_that_repeats_one_number_a_thousand_million_times_is_refused()
    {
        Write(new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor with { Sizes = [1000, 1_000_000], Strides = [0, 0] }))).Stop());
        Bounded(() => Refused("views that repeat their elements"));
    }

    [Fact]
    public void Storages_that_are_missing_short_or_described_twice_are_refused()
    {
        var pickle = new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor))).Stop().ToArray();
        TorchFiles.Zip(Path, pickle, []);
        Refused("has no entry archive/data/0");
        TorchFiles.Zip(Path, pickle, [tensor with { Data = new byte[4] }]);
        Refused("has 4 bytes in archive/data/0");
        Write(new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor), ("y", tensor with { Class = "IntStorage" }))).Stop());
        Refused("describes the storage 0 in two ways");
        Write(new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor with { Key = "../../data.pkl" }))).Stop());
        Refused("names a storage '../../data.pkl'");
        Write(new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor with { Class = "QInt8Storage" }))).Stop());
        Refused("'torch.QInt8Storage'");
    }

    [Theory]
    [InlineData("../evil.txt", "leads out of the archive")]
    [InlineData("archive/../../evil.txt", "leads out of the archive")]
    [InlineData("/etc/evil", "leads out of the archive")]
    [InlineData("archive\\..\\evil", "leads out of the archive")]
    [InlineData("archive/data/0", "two entries called")]
    [InlineData("other/data.pkl", "2 files called data.pkl")]
    public void Zips_with_wrong_entries_are_refused_and_nothing_is_written(string entry, string why)
    {
        var pickle = new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor))).Stop().ToArray();
        TorchFiles.Zip(Path, pickle, [tensor], null, CompressionLevel.NoCompression, (entry, [1]));
        Refused(why);
        Assert.Equal(["model.pth"], Directory.EnumerateFileSystemEntries(folder.Path).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public void Zips_that_grow_beyond_all_bounds_are_refused()
    {
        // 400 MB of zeros in less than half a megabyte
        var bomb = new StoredTensor("0", "FloatStorage", new byte[400 << 20], 100 << 20, 0, [100 << 20], [1]);
        TorchFiles.Zip(Path, new PickleBytes().Value(TorchFiles.Dictionary(("x", bomb))).Stop().ToArray(), [bomb], compression: CompressionLevel.Optimal);
        Assert.InRange(new FileInfo(Path).Length, 1, 1 << 20);
        Bounded(() => Refused("would take"));
        TorchFiles.Zip(Path, new byte[100 << 20], [], compression: CompressionLevel.Optimal);
        Bounded(() => Refused("more than the 67108864 that any checkpoint needs"));
    }

    [Fact]
    public void A_zip_of_something_else_and_a_program_of_TorchScript_are_called_so()
    {
        using (var zip = ZipFile.Open(Path, ZipArchiveMode.Create))
            zip.CreateEntry("word/document.xml");
        Refused("is a zip with 0 files called data.pkl");
        Write(new PickleBytes().Global("__torch__.torchvision.models.resnet", "ResNet").Op(')').Raw(0x81).Stop());
        Refused("TorchScript");
    }

    [Fact]
    public void A_big_endian_machine_of_old_times_and_other_pickles_are_refused()
    {
        File.WriteAllBytes(Path, TorchFiles.Legacy(littleEndian: false, ("x", tensor)));
        Refused("big-endian");
        File.WriteAllBytes(Path, new PickleBytes().Value(7).Stop().ToArray());
        Refused("not one that torch.save wrote");
        TorchFiles.Zip(Path, new PickleBytes().Value(TorchFiles.Dictionary(("x", tensor))).Stop().ToArray(), [tensor], byteOrder: "middle");
        Refused("byte order is 'middle'");
    }

    private void Write(PickleBytes pickle) => TorchFiles.Zip(Path, pickle.ToArray(), [tensor]);

    private void Refused(params string[] why)
    {
        var message = Assert.Throws<StageException>(() => CheckpointFile.Read(Path)).Message;
        Assert.Contains(Path, message, StringComparison.Ordinal);
        Assert.All(why, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private static void Bounded(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Allowed);
    }
}
