using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>
/// Pictures that appear in a folder. It is looked at again and again instead of asking the system for events, which network
/// file systems do not send and busy folders overflow. A picture is whole when it has not changed from one look to the next.
/// </summary>
internal sealed class WatchedFolder(string folder, TimeProvider time) : FrameSource
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public override string Name => $"watch:{folder}";

    /// <inheritdoc/>
    public override bool IsLive => false; // nothing that was put there is dropped

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Frame> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (!Directory.Exists(folder))
            throw new StageException($"{folder}: is no folder, so nothing can be watched there. Make it first.");
        var seen = new Dictionary<string, (Stamp Stamp, bool Taken)>(StringComparer.Ordinal);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var now = Look();
            foreach (var gone in seen.Keys.Where(file => !now.ContainsKey(file)).ToArray())
                seen.Remove(gone);
            foreach (var (file, stamp) in now.OrderBy(entry => entry.Value.Written).ThenBy(entry => entry.Key, StringComparer.Ordinal))
            {
                if (!seen.TryGetValue(file, out var before) || before.Stamp != stamp)
                {
                    seen[file] = (stamp, false);
                }
                else if (!before.Taken && stamp.Size > 0)
                {
                    seen[file] = (stamp, true);
                    yield return new Frame(Path.GetFileNameWithoutExtension(file), time.GetUtcNow(), network => ImageCodec.DecodeFor(ImageCodec.ReadFile(file), file, network));
                }
            }

            await Task.Delay(Pause, time, cancel);
        }
    }

    private Dictionary<string, Stamp> Look()
    {
        var now = new Dictionary<string, Stamp>(StringComparer.Ordinal);
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles().Where(file => PictureFiles.IsPicture(file.Name)))
            {
                if (file.Exists)
                    now[file.FullName] = new Stamp(file.Length, file.LastWriteTimeUtc);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // unmounted, or a file went away between the list and its size: the next look tells
        }

        return now;
    }

    private readonly record struct Stamp(long Size, DateTime Written);
}
