using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Edge;

/// <summary>Alarms that a receiver does not have yet, each a file: they outlive the program and the power.</summary>
internal sealed class AlarmStore
{
    private const int Most = 10_000;

    private readonly Lock sync = new();
    private readonly string folder;
    private readonly TimeProvider time;
    private long last;
    private int count;

    public AlarmStore(string state, string receiver, TimeProvider time)
    {
        this.time = time;
        folder = Path.Combine(state, "alarms", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(receiver)))[..16]);
        try
        {
            Directory.CreateDirectory(folder);
            count = Files().Count();
            last = Files().Select(file => long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            throw new StageException($"{folder}: cannot be used for alarms that wait ({problem.Message}). Choose another folder with --state.", problem);
        }
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (sync)
                return count;
        }
    }

    /// <summary>Keeps an alarm.</summary>
    /// <exception cref="StageException">The disk is full, or so many wait that somebody has to look.</exception>
    public void Add(byte[] json)
    {
        lock (sync)
        {
            if (count >= Most)
                throw new StageException($"{folder}: {Most} alarms wait already. Bring their receiver back, or delete them.");
            last = Math.Max(last + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
            AtomicFile.WriteBytes(Path.Combine(folder, $"{last:000000000000000}.json"), json);
            count++;
        }
    }

    /// <summary>The oldest alarm, and the name under which it can be taken away.</summary>
    public (string File, byte[] Json)? Oldest()
    {
        lock (sync)
        {
            return count > 0 && Files().Order(StringComparer.Ordinal).FirstOrDefault() is { } file ? (file, File.ReadAllBytes(file)) : null;
        }
    }

    /// <summary>The receiver has it.</summary>
    public void Remove(string file)
    {
        lock (sync)
        {
            File.Delete(file);
            count--;
        }
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(folder, "*.json");
}
