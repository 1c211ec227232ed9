using System.Runtime.InteropServices;

namespace Niwaki;

/// <summary>Tensors of a PyTorch file as weights: storages are read once, one after another, and views copied out of them.</summary>
internal static class TorchTensors
{
    // what a small file may grow to: views that repeat one element, small integers that become float32
    private const long Floor = 64L << 20;
    private const int Growth = 8;

    /// <param name="tensors">By name.</param>
    /// <param name="read">Fills a span with a storage's bytes, from the first on.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="where">The file, for errors.</param>
    /// <param name="bigEndian">Whether multi-byte numbers lie the other way around.</param>
    public static Dictionary<string, Weight> Read(IReadOnlyList<(string Name, TorchTensor Tensor)> tensors, Action<TorchStorage, Span<byte>> read, long fileLength, string where, bool bigEndian = false)
    {
        var most = Floor + (Growth * fileLength);
        var bytes = tensors.Sum(each => 4.0 * each.Tensor.Count);
        if (bytes > most)
            throw new StageException($"{where}: has {fileLength} bytes, but its tensors would take {bytes:0} (views that repeat their elements). Save them with .contiguous().");
        var blocks = tensors.GroupBy(each => each.Tensor.Storage.Key, StringComparer.Ordinal).ToArray();
        if (blocks.Sum(block => (double)block.First().Tensor.Storage.Bytes) > most)
            throw new StageException($"{where}: has {fileLength} bytes, but its storages would take more than {most}. It is no checkpoint.");
        var weights = new Dictionary<string, Weight>(tensors.Count, StringComparer.Ordinal);
        foreach (var block in blocks)
        {
            var storage = block.First().Tensor.Storage;
            if (storage.Bytes > Array.MaxLength)
                throw new StageException($"{where}: holds a storage of {storage.Bytes} bytes, more than one may have here ({Array.MaxLength}).");
            if (block.ToArray() is [var only] && IsWhole(only.Tensor) && !bigEndian)
            {
                var values = GC.AllocateUninitializedArray<float>((int)storage.Count);
                read(storage, MemoryMarshal.AsBytes(values.AsSpan()));
                weights[only.Name] = new Weight(new Shape(only.Tensor.Sizes), values);
                continue;
            }

            var raw = GC.AllocateUninitializedArray<byte>((int)storage.Bytes);
            read(storage, raw);
            foreach (var (name, tensor) in block)
                weights[name] = new Weight(new Shape(tensor.Sizes), Values(tensor, raw, bigEndian));
        }

        // in the order of the file's dict, whatever the order of its storages
        return tensors.ToDictionary(each => each.Name, each => weights[each.Name], StringComparer.Ordinal);
    }

    private static bool IsWhole(TorchTensor tensor) =>
        tensor is { Type: ElementType.Float32, Storage: { Type: ElementType.Float32, Offset: 0 }, Offset: 0, IsContiguous: true } && tensor.Count == tensor.Storage.Count;

    private static float[] Values(TorchTensor tensor, byte[] raw, bool bigEndian)
    {
        var size = Elements.Size(tensor.Type);
        var values = new float[tensor.Count];
        if (values.Length == 0)
            return values;
        var last = tensor.Offset;
        for (var axis = 0; axis < tensor.Sizes.Length; axis++)
            last += (tensor.Sizes[axis] - 1) * tensor.Strides[axis];
        var bytes = raw.AsSpan((int)(tensor.Offset * size), (int)((last - tensor.Offset + 1) * size));
        if (bigEndian)
        {
            bytes = bytes.ToArray();
            Elements.Swap(bytes, tensor.Type);
        }

        if (tensor.IsContiguous)
        {
            Elements.Decode(bytes, tensor.Type, values);
            return values;
        }

        var source = new float[bytes.Length / size];
        Elements.Decode(bytes, tensor.Type, source);
        Gather(source, tensor.Sizes, tensor.Strides, values);
        return values;
    }

    private static void Gather(float[] source, int[] sizes, long[] strides, float[] values)
    {
        var place = new int[sizes.Length];
        long at = 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = source[at];
            for (var axis = sizes.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++place[axis] < sizes[axis])
                    break;
                at -= strides[axis] * sizes[axis];
                place[axis] = 0;
            }
        }
    }
}
