using System.ComponentModel;
using System.Diagnostics;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>
/// Frames from an <c>ffmpeg</c> process: any video, camera or stream that it reads. The frames come raw, each behind a short header with
/// its size (PPM), so that nothing needs to be known before and a change of size in the middle does no harm.
/// </summary>
internal sealed class FfmpegStream(string input, string? format, EdgeSession session) : FrameSource
{
    /// <summary>The program; another one by this variable.</summary>
    public static string Program => Environment.GetEnvironmentVariable("NIWAKI_FFMPEG") ?? "ffmpeg";

    /// <inheritdoc/>
    public override string Name { get; } = $"ffmpeg:{(Uri.TryCreate(input, UriKind.Absolute, out var url) && url.UserInfo.Length > 0 ? input.Replace(url.UserInfo + "@", string.Empty, StringComparison.Ordinal) : input)}";

    /// <inheritdoc/>
    public override bool IsLive { get; } = !File.Exists(input) || input.StartsWith("/dev/", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool IsVideo => true;

    /// <summary>What ffmpeg is asked for.</summary>
    public string[] Arguments => ["-nostdin", "-hide_banner", "-loglevel", "error", .. Before(), "-i", input, "-an", "-sn", "-dn", "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-"];

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Frame> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (input.Length == 0)
            throw new StageException("source: 'ffmpeg:' names nothing to read. Something like ffmpeg:rtsp://camera.local/stream or ffmpeg:flight.mp4 is needed.");
        var wait = new Reconnection(session.Time);
        var number = 0L;
        while (true)
        {
            using var process = Start();
            await using var end = cancel.Register(() => Kill(process));
            var told = LastLineAsync(process.StandardError);
            var frames = new PpmFrames(process.StandardOutput.BaseStream);
            var problem = (string?)null;
            while (true)
            {
                RgbImage? image;
                try
                {
                    image = await frames.NextAsync(cancel);
                }
                catch (InvalidDataException wrong)
                {
                    (image, problem) = (null, wrong.Message);
                }

                if (image is null)
                    break;
                wait.Reset();
                yield return new Frame($"{number++:00000000}", session.Time.GetUtcNow(), _ => new DecodedPicture(image));
            }

            Kill(process);
            await process.WaitForExitAsync(CancellationToken.None);
            cancel.ThrowIfCancellationRequested();
            problem ??= process.ExitCode != 0 ? await told ?? $"exit code {process.ExitCode}" : null;
            if (!IsLive)
            {
                if (problem is not null)
                    throw new StageException($"{Name}: ffmpeg could not read it ({problem}).");
                yield break;
            }

            session.Say($"{Name}: ended ({problem ?? "no more frames"}). Trying again in {wait.Next.TotalSeconds:0.##} s.");
            await wait.WaitAsync(cancel);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var word in Arguments)
            start.ArgumentList.Add(word);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new StageException($"{Name}: the program '{Program}' could not be started ({problem.Message}). Install ffmpeg (Debian: apt-get install ffmpeg), or name it in NIWAKI_FFMPEG.", problem);
        }
    }

    private IEnumerable<string> Before()
    {
        if (format is not null)
            return ["-f", format];
        return input.StartsWith("rtsp", StringComparison.OrdinalIgnoreCase) ? ["-rtsp_transport", "tcp"] : [];
    }

    // a stream that runs for months may complain at each frame
    private static async Task<string?> LastLineAsync(StreamReader text)
    {
        string? last = null;
        while (await text.ReadLineAsync(CancellationToken.None) is { } line)
            last = line.Trim() is { Length: > 0 } said ? said : last;
        return last;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception problem) when (problem is InvalidOperationException or Win32Exception)
        {
            // it has ended by itself
        }
    }
}
