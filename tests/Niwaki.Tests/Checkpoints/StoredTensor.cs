using System.Runtime.InteropServices;

namespace Niwaki.Tests;

/// <summary>A view of a storage, as torch.save describes it.</summary>
internal sealed record StoredTensor(string Key, string Class, byte[] Data, int Count, int Offset, int[] Sizes, int[] Strides)
{
    /// <summary>Whether the description has the sixth part that the old format knew.</summary>
    public bool Legacy { get; init; }

    /// <summary>A whole storage of float32.</summary>
    public static StoredTensor Floats(string key, int[] sizes, params float[] values) =>
        new(key, "FloatStorage", MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length, 0, sizes, Contiguous(sizes));

    public static int[] Contiguous(int[] sizes)
    {
        var strides = new int[sizes.Length];
        for (int axis = sizes.Length - 1, stride = 1; axis >= 0; stride *= sizes[axis--])
            strides[axis] = stride;
        return strides;
    }
}
