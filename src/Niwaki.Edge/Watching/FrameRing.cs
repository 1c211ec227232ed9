using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>
/// Frames for somebody to label, each a picture with a note beside it: at most so many, at most so many bytes, the oldest going first, and
/// not more than one a second, so that a day of fog wears out neither the disk nor the morning's frames. They are encoded and written beside
/// the work, of which nothing waits for them.
/// </summary>
internal sealed class FrameRing
{
    private const long MostBytes = 256 << 20;
    private const int Quality = 95;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly Lock sync = new();
    private readonly string folder;
    private readonly int most;
    private readonly TimeProvider time;
    private readonly Queue<(string Picture, long Size)> kept = [];
    private long bytes;
    private long? last;
    private Task<string?> writing = Task.FromResult<string?>(null);

    public FrameRing(string folder, int most, TimeProvider time)
    {
        (this.folder, this.most, this.time) = (folder, most, time);
        if (!Directory.Exists(folder))
            return;
        foreach (var picture in new DirectoryInfo(folder).EnumerateFiles("*.jpg").OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            kept.Enqueue((picture.FullName, picture.Length));
            bytes += picture.Length;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (sync)
                return kept.Count;
        }
    }

    /// <summary>Done when nothing is being written.</summary>
    public Task Idle
    {
        get
        {
            lock (sync)
                return writing;
        }
    }

    /// <summary>Keeps a frame, where one is due; done when it lies there, and gives what went wrong.</summary>
    /// <param name="note">What goes beside it.</param>
    /// <param name="image">Its pixels, which are copied: who showed it may paint on it.</param>
    public Task<string?> KeepAsync(KeptFrame note, RgbImage image)
    {
        lock (sync)
        {
            var now = time.GetTimestamp();
            if (most < 1 || !writing.IsCompleted || (last is { } before && time.GetElapsedTime(before, now) < Step))
                return Task.FromResult<string?>(null);
            last = now;
            var copy = image with { Pixels = [.. image.Pixels] };
            return writing = Task.Run(() => Write(note, copy));
        }
    }

    private string? Write(KeptFrame note, RgbImage image)
    {
        try
        {
            var picture = Path.Combine(folder, $"{note.Time:yyyyMMdd'T'HHmmssfff}.jpg");
            var encoded = ImageCodec.EncodeJpeg(image, Quality);
            AtomicFile.WriteBytes(Path.ChangeExtension(picture, ".json"), EdgeJson.Write(note));
            AtomicFile.WriteBytes(picture, encoded);
            lock (sync)
            {
                kept.Enqueue((picture, encoded.Length));
                bytes += encoded.Length;
                while (kept.Count > most || (bytes > MostBytes && kept.Count > 1))
                {
                    var (oldest, size) = kept.Dequeue();
                    bytes -= size;
                    File.Delete(oldest);
                    File.Delete(Path.ChangeExtension(oldest, ".json"));
                }
            }

            return null;
        }
        catch (Exception problem) when (problem is StageException or IOException or UnauthorizedAccessException)
        {
            return $"{folder}: a frame could not be kept ({problem.Message})";
        }
    }
}
