using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>
/// Frames for somebody to label, each a picture with a note beside it: at most so many, at most so many bytes, the oldest going first, and
/// not more than one a second, so that a day of fog wears out neither the disk nor the morning's frames.
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

    /// <summary>Keeps a frame, where one is due; gives what went wrong.</summary>
    public string? Keep(KeptFrame note, RgbImage image)
    {
        lock (sync)
        {
            var now = time.GetTimestamp();
            if (most < 1 || (last is { } before && time.GetElapsedTime(before, now) < Step))
                return null;
            last = now;
            try
            {
                var picture = Path.Combine(folder, $"{note.Time:yyyyMMdd'T'HHmmssfff}.jpg");
                var encoded = ImageCodec.EncodeJpeg(image, Quality);
                AtomicFile.WriteBytes(Path.ChangeExtension(picture, ".json"), EdgeJson.Write(note));
                AtomicFile.WriteBytes(picture, encoded);
                kept.Enqueue((picture, encoded.Length));
                bytes += encoded.Length;
                while (kept.Count > most || (bytes > MostBytes && kept.Count > 1))
                {
                    var (oldest, size) = kept.Dequeue();
                    bytes -= size;
                    File.Delete(oldest);
                    File.Delete(Path.ChangeExtension(oldest, ".json"));
                }

                return null;
            }
            catch (Exception problem) when (problem is StageException or IOException or UnauthorizedAccessException)
            {
                return $"{folder}: a frame could not be kept ({problem.Message})";
            }
        }
    }
}
