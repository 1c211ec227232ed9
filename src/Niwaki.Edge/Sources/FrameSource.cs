namespace Niwaki.Edge;

/// <summary>Where frames come from.</summary>
internal abstract class FrameSource
{
    /// <summary>As the user wrote it, without what is secret in it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether frames come by themselves, so that late ones are dropped and an interruption is waited out.</summary>
    public abstract bool IsLive { get; }

    /// <summary>Whether neighbouring frames resemble each other.</summary>
    public virtual bool IsVideo => IsLive;

    /// <summary>The frames, until the source ends or <paramref name="cancel"/> asks to stop.</summary>
    /// <exception cref="StageException">The source cannot be read at all.</exception>
    public abstract IAsyncEnumerable<Frame> ReadAsync(CancellationToken cancel);

    /// <summary>What a source may be, for help and errors.</summary>
    public const string Forms = "a picture or a folder of pictures, watch:FOLDER, http://HOST/... or https://HOST/... (MJPEG), /dev/video0 or v4l2:DEVICE, ffmpeg:INPUT (a video, rtsp://... or whatever ffmpeg reads), ffmpeg+FORMAT:INPUT";

    /// <summary>The source that a user names.</summary>
    /// <exception cref="StageException">No such source.</exception>
    public static FrameSource Parse(string text, EdgeSession session)
    {
        var colon = text.IndexOf(':');
        var (scheme, rest) = colon < 0 ? (string.Empty, text) : (text[..colon], text[(colon + 1)..]);
        return scheme switch
        {
            "watch" => new WatchedFolder(rest, session.Time),
            "http" or "https" => new MjpegStream(Url(text), session),
            "v4l2" => new FfmpegStream(rest, "v4l2", session),
            "ffmpeg" => new FfmpegStream(rest, null, session),
            _ when scheme.StartsWith("ffmpeg+", StringComparison.Ordinal) => new FfmpegStream(rest, scheme["ffmpeg+".Length..], session),
            _ when text.StartsWith("/dev/video", StringComparison.Ordinal) => new FfmpegStream(text, "v4l2", session),
            _ when Directory.Exists(text) || File.Exists(text) => new PictureFiles(text, session.Time),
            _ => throw new StageException($"source: '{text}' is neither a file nor a folder, nor a source of another kind. A source is {Forms}."),
        };
    }

    private static Uri Url(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0
        ? url
        : throw new StageException($"source: '{text}' is no address. Something like http://camera.local:8080/stream is needed.");
}
