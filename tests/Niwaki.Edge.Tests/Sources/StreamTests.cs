using System.Text;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

public sealed class StreamTests : IDisposable
{
    private readonly TestFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 7)]
    [InlineData(true, 100_000)]
    [InlineData(false, 1)]
    [InlineData(false, 7)]
    [InlineData(false, 100_000)]
    public async Task Parts_of_a_multipart_stream_are_taken_apart_however_they_arrive(bool lengths, int chunk)
    {
        byte[][] pictures = [[1, 2, 3], [.. "--fram"u8, 13, 10, 45, 45], [], [.. Enumerable.Range(0, 999).Select(i => (byte)i)]];
        using var body = new MemoryStream();
        body.Write("a preamble that nobody reads\r\n"u8);
        foreach (var picture in pictures)
        {
            body.Write(Encoding.ASCII.GetBytes($"--frame\r\nContent-Type: image/jpeg\r\n{(lengths ? $"Content-Length: {picture.Length}\r\n" : string.Empty)}\r\n"));
            body.Write(picture);
            body.Write("\r\n"u8);
        }

        body.Write("--frame--\r\n"u8);
        body.Position = 0;
        var reader = new MultipartPictures(new Trickle(body, chunk), "\"frame\"");
        foreach (var picture in pictures)
            Assert.Equal(picture, await reader.NextAsync(Cancel));
        Assert.Null(await reader.NextAsync(Cancel));
    }

    [Theory]
    [InlineData("/dev/video77")]
    [InlineData("v4l2:/dev/video77")]
    public async Task A_camera_of_this_machine_is_read_by_ffmpeg_through_v4l2_and_one_that_is_not_there_is_told_and_tried_again(string source)
    {
        var told = new StringWriter();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var camera = Assert.IsType<FfmpegStream>(FrameSource.Parse(source, new EdgeSession(TextWriter.Null, told, TimeProvider.System, Cancel)));
        Assert.Equal("-f v4l2 -i /dev/video77", string.Join(' ', camera.Arguments.SkipWhile(word => word != "-f").Take(4)));
        Assert.True(camera.IsLive);
        Assert.SkipWhen(Tool.PathOf("ffmpeg") is null, "ffmpeg is not installed.");
        stop.CancelAfter(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var frame in camera.ReadAsync(stop.Token))
                Assert.Fail($"{frame.Name} came from a camera that is not there");
        });
        Assert.Contains("/dev/video77: No such file or directory). Trying again in", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_claims_more_than_any_picture_has_is_refused()
    {
        var reader = new MultipartPictures(new MemoryStream("--b\r\nContent-Length: 99999999999\r\n\r\n"u8.ToArray()), "b");
        await Assert.ThrowsAsync<InvalidDataException>(() => reader.NextAsync(Cancel).AsTask());
    }

    [Fact]
    public async Task Headers_without_an_end_are_refused_in_bounded_memory()
    {
        var reader = new MultipartPictures(new MemoryStream([.. "--b\r\n"u8, .. Enumerable.Repeat((byte)'x', 1 << 20)]), "b");
        await Assert.ThrowsAsync<InvalidDataException>(() => reader.NextAsync(Cancel).AsTask());
    }

    [Fact]
    public async Task Ppm_frames_of_changing_size_are_read_and_a_cut_one_ends_the_stream()
    {
        using var body = new MemoryStream();
        body.Write("P6\n2 1\n255\n"u8);
        body.Write([1, 2, 3, 4, 5, 6]);
        body.Write("P6 1 2 255 "u8);
        body.Write([6, 5, 4, 3, 2, 1]);
        body.Write("P6\n9 9\n255\n123"u8);
        body.Position = 0;
        var frames = new PpmFrames(new Trickle(body, 3));
        var first = (await frames.NextAsync(Cancel))!;
        Assert.Equal((2, 1), (first.Width, first.Height));
        Assert.Equal([1, 2, 3, 4, 5, 6], first.Pixels);
        Assert.Equal([6, 5, 4, 3, 2, 1], (await frames.NextAsync(Cancel))!.Pixels);
        Assert.Null(await frames.NextAsync(Cancel));
    }

    [Theory]
    [InlineData("P5\n1 1\n255\n1")]
    [InlineData("P6\n0 1\n255\n1")]
    [InlineData("P6\n1 1\n65535\n1")]
    [InlineData("P6\n99999999 99999999\n255\n1")]
    [InlineData("P6\n9999999999 1\n255\n1")]
    [InlineData("garbage")]
    public async Task What_is_no_ppm_frame_is_refused_before_its_memory_is_taken(string text) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => new PpmFrames(new MemoryStream(Encoding.ASCII.GetBytes(text))).NextAsync(Cancel).AsTask());

    [Fact]
    public async Task A_video_is_read_through_ffmpeg_to_its_end()
    {
        Assert.SkipUnless(Tool.IsThere(FfmpegStream.Program), "ffmpeg is not installed (Debian: apt-get install ffmpeg).");
        var video = folder["clip.mkv"];
        Tool.Run(FfmpegStream.Program, "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1", "-c:v", "ffv1", video);
        var source = FrameSource.Parse($"ffmpeg:{video}", Edge.Session());
        Assert.False(source.IsLive);
        var frames = await Collect(source, 100);
        Assert.Equal(10, frames.Count);
        Assert.All(frames, frame => Assert.Equal((64, 48), (frame.DecodeFor(null).Image.Width, frame.DecodeFor(null).Image.Height)));
        Assert.NotEqual(frames[0].DecodeFor(null).Image.Pixels, frames[9].DecodeFor(null).Image.Pixels);
    }

    [Fact]
    public async Task A_live_input_of_ffmpeg_gives_frames_and_stops_when_asked()
    {
        Assert.SkipUnless(Tool.IsThere(FfmpegStream.Program), "ffmpeg is not installed (Debian: apt-get install ffmpeg).");
        var source = FrameSource.Parse("ffmpeg+lavfi:testsrc=size=64x48:rate=30", Edge.Session());
        Assert.True(source.IsLive);
        Assert.Equal(5, (await Collect(source, 5)).Count);
    }

    [Fact]
    public async Task A_file_that_ffmpeg_cannot_read_is_told()
    {
        Assert.SkipUnless(Tool.IsThere(FfmpegStream.Program), "ffmpeg is not installed (Debian: apt-get install ffmpeg).");
        var source = FrameSource.Parse($"ffmpeg:{folder.Write("no.mp4", "no video"u8)}", Edge.Session());
        Assert.Contains("ffmpeg could not read it", (await Assert.ThrowsAsync<StageException>(() => Collect(source, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watched_folder_gives_what_was_there_and_what_comes_but_nothing_half_written()
    {
        var picture = ImageCodec.EncodePng(Scenes.Of(40, 30, 0));
        folder.Write("in/first.png", picture);
        folder.Write("in/.hidden.png", picture);
        var source = FrameSource.Parse($"watch:{folder["in"]}", Edge.Session());
        var names = new List<string>();
        await foreach (var frame in source.ReadAsync(Cancel))
        {
            names.Add(frame.Name);
            frame.DecodeFor(null);
            if (names.Count == 1)
                _ = Task.Run(async () => await WriteSlowly(folder["in/second.png"], picture), Cancel);
            if (names.Count == 2)
                break;
        }

        Assert.Equal(["first", "second"], names);
    }

    private static async Task WriteSlowly(string path, byte[] bytes)
    {
        await using var stream = new FileStream(path, FileMode.Create);
        for (var at = 0; at < bytes.Length; at += (bytes.Length + 7) / 8)
        {
            await stream.WriteAsync(bytes.AsMemory(at, Math.Min((bytes.Length + 7) / 8, bytes.Length - at)), Cancel);
            await stream.FlushAsync(Cancel);
            await Task.Delay(100, Cancel);
        }
    }

    private static async Task<List<Frame>> Collect(FrameSource source, int most)
    {
        var frames = new List<Frame>();
        await foreach (var frame in source.ReadAsync(Cancel))
        {
            frames.Add(frame);
            if (frames.Count == most)
                break;
        }

        return frames;
    }
}
