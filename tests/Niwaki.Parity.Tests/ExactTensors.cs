using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Niwaki.Parity.Tests;

/// <summary>A tensor whose numbers did not go through float32.</summary>
/// <param name="Shape">Empty for a single number.</param>
/// <param name="Values">Row by row.</param>
internal sealed record ExactTensor(int[] Shape, double[] Values);

/// <summary>Reads safetensors of float64, float32 and int64 as doubles: figures are compared to the last digits.</summary>
internal static class ExactTensors
{
    public static IReadOnlyDictionary<string, ExactTensor> Read(string path)
    {
        var file = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var json = JsonDocument.Parse(file.AsMemory(8, header));
        var tensors = new Dictionary<string, ExactTensor>(StringComparer.Ordinal);
        foreach (var entry in json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets");
            var bytes = file.AsSpan(8 + header + offsets[0].GetInt32(), offsets[1].GetInt32() - offsets[0].GetInt32());
            double[] values = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F64" => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
                "F32" => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(value => (double)value)],
                "I64" => [.. MemoryMarshal.Cast<byte, long>(bytes).ToArray().Select(value => (double)value)],
                var other => throw new InvalidOperationException($"{path}: {entry.Name} is of {other}."),
            };
            tensors[entry.Name] = new ExactTensor([.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())], values);
        }

        return tensors;
    }
}
