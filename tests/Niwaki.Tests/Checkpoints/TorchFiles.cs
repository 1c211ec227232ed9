using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Niwaki.Tests;

/// <summary>Writes files as torch.save does, in each of its formats.</summary>
internal static class TorchFiles
{
    /// <summary>The format since 1.6.</summary>
    public static void Zip(string path, byte[] pickle, IEnumerable<StoredTensor> tensors, string? byteOrder = null, CompressionLevel compression = CompressionLevel.NoCompression, params (string Name, byte[] Data)[] further)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add("archive/data.pkl", pickle);
        foreach (var storage in tensors.DistinctBy(tensor => tensor.Key))
            Add($"archive/data/{storage.Key}", storage.Data);
        Add("archive/version", "3\n"u8.ToArray());
        if (byteOrder is not null)
            Add("archive/byteorder", Encoding.ASCII.GetBytes(byteOrder));
        foreach (var (name, data) in further)
            Add(name, data);

        void Add(string name, byte[] data)
        {
            using var entry = zip.CreateEntry(name, compression).Open();
            entry.Write(data);
        }
    }

    /// <summary>A dict of tensors.</summary>
    public static void Zip(string path, params (string Name, StoredTensor Tensor)[] tensors) =>
        Zip(path, new PickleBytes().Value(Dictionary(tensors)).Stop().ToArray(), tensors.Select(each => each.Tensor));

    public static IEnumerable<KeyValuePair<string, object?>> Dictionary(params (string Name, StoredTensor Tensor)[] tensors) =>
        tensors.Select(each => KeyValuePair.Create(each.Name, (object?)each.Tensor));

    /// <summary>The format before 1.6.</summary>
    public static byte[] Legacy(bool littleEndian, params (string Name, StoredTensor Tensor)[] tensors)
    {
        var storages = tensors.Select(each => each.Tensor).DistinctBy(tensor => tensor.Key).ToArray();
        var file = new MemoryStream();
        file.Write([0x80, 2, 0x8a, 10, .. Convert.FromHexString("6cfc9c46f9206aa85019"), (byte)'.']);
        file.Write(new PickleBytes().Value(1001).Stop().ToArray());
        file.Write(new PickleBytes().Value(new Dictionary<string, object?> { ["protocol_version"] = 1001, ["little_endian"] = littleEndian }).Stop().ToArray());
        file.Write(new PickleBytes().Value(Dictionary([.. tensors.Select(each => (each.Name, each.Tensor with { Legacy = true }))])).Stop().ToArray());
        var keys = new PickleBytes().Raw((byte)']', (byte)'(');
        foreach (var storage in storages)
            keys.Value(storage.Key);
        file.Write(keys.Op('e').Stop().ToArray());
        foreach (var storage in storages)
        {
            file.Write(Long(storage.Count));
            file.Write(storage.Data);
        }

        return file.ToArray();
    }

    /// <summary>The first format.</summary>
    public static void Tar(string path, params (string Name, StoredTensor Tensor)[] tensors)
    {
        var storages = tensors.Select(each => each.Tensor).DistinctBy(tensor => tensor.Key).ToArray();
        var data = new MemoryStream();
        data.Write(new PickleBytes().Value(storages.Length).Stop().ToArray());
        foreach (var storage in storages)
        {
            data.Write(new PickleBytes().Op('(').Value(Number(storage.Key)).Value("cpu").Global("torch", storage.Class).Op('t').Stop().ToArray());
            data.Write(Long(storage.Count));
            data.Write(storage.Data);
        }

        data.Write(new PickleBytes().Op(']').Stop().ToArray());
        var views = new MemoryStream();
        views.Write(new PickleBytes().Value(tensors.Length).Stop().ToArray());
        for (var i = 0; i < tensors.Length; i++)
        {
            var tensor = tensors[i].Tensor;
            views.Write(new PickleBytes().Op('(').Value(1000 + i).Value(Number(tensor.Key)).Global("torch", "FloatTensor").Op('t').Stop().ToArray());
            views.Write(Long(tensor.Sizes.Length));
            foreach (var number in tensor.Sizes.Concat(tensor.Strides).Append(tensor.Offset))
                views.Write(Long(number));
        }

        var root = new PickleBytes().Raw((byte)'}', (byte)'(');
        for (var i = 0; i < tensors.Length; i++)
            root.Value(tensors[i].Name).Value(1000 + i).Op('Q');
        using var tar = new TarWriter(File.Create(path), TarEntryFormat.Ustar);
        foreach (var (name, bytes) in new[] { ("sys_info", new PickleBytes().Value(null).Stop().ToArray()), ("pickle", root.Op('u').Stop().ToArray()), ("tensors", views.ToArray()), ("storages", data.ToArray()) })
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
    }

    private static object Number(string key) => int.Parse(key, System.Globalization.CultureInfo.InvariantCulture);

    private static byte[] Long(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }
}
