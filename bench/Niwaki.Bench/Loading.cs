using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Niwaki.Tests;

namespace Niwaki.Bench;

/// <summary>How long checkpoints of 104 MB take to read, each way in turn; a plain copy out of a memory mapping is beside them.</summary>
internal static class Loading
{
    private const int Tensors = 174;                                                        // as a Swin-T has
    private const int Elements = 150_000;
    private const int Rounds = 12;

    public static void Measure(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("niwaki-loading-").FullName;
        try
        {
            var (plain, zip, legacy) = (Path.Combine(folder, "a.safetensors"), Path.Combine(folder, "a.pth"), Path.Combine(folder, "old.pth"));
            Write(plain, zip, legacy);
            (string Name, Action Read)[] ways =
            [
                ("safetensors", () => CheckpointFile.Read(plain)),
                ("memory mapping, copied", () => Mapped(plain)),
                ("PyTorch (zip)", () => CheckpointFile.Read(zip)),
                ("PyTorch (before 1.6)", () => CheckpointFile.Read(legacy)),
            ];
            var times = ways.Select(_ => new List<(double Wall, double Processor)>()).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < ways.Length; i++)
                {
                    GC.Collect();
                    var (started, processor) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
                    ways[i].Read();
                    times[i].Add((Stopwatch.GetElapsedTime(started).TotalMilliseconds, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMilliseconds));
                }
            }

            for (var i = 0; i < ways.Length; i++)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ways[i].Name,-24} first {times[i][0].Wall:0} ms, best {times[i].Min(each => each.Wall):0} ms; processor time, lower quartile {times[i].Select(each => each.Processor).Order().ElementAt(Rounds / 4):0} ms"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string plain, string zip, string legacy)
    {
        var random = new Random(1);
        var tensors = Enumerable.Range(0, Tensors).Select(i =>
        {
            var values = new float[Elements];
            for (var j = 0; j < values.Length; j++)
                values[j] = random.NextSingle();
            return (Name: $"layer.{i}.weight", Values: values);
        }).ToArray();
        SafeTensors.Write(plain, tensors.Select(each => KeyValuePair.Create(each.Name, new Weight(new Shape(Elements / 100, 100), each.Values))));
        var stored = tensors.Select((each, i) => (each.Name, StoredTensor.Floats($"{i}", [Elements / 100, 100], each.Values))).ToArray();
        TorchFiles.Zip(zip, stored);
        File.WriteAllBytes(legacy, TorchFiles.Legacy(littleEndian: true, stored));
    }

    private static unsafe float[][] Mapped(string path)
    {
        using var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* begin = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref begin);
        var data = begin + 8 + *(long*)begin;
        var copies = new float[Tensors][];
        Parallel.For(0, Tensors, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            copies[i] = GC.AllocateUninitializedArray<float>(Elements);
            new ReadOnlySpan<byte>(data + ((long)i * Elements * sizeof(float)), Elements * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(copies[i].AsSpan()));
        });
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        return copies;
    }
}
