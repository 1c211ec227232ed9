using System.Net;
using System.Text;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

public sealed class MjpegTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_camera_that_goes_away_is_asked_again_and_its_password_is_sent_but_not_told()
    {
        using var listener = new HttpListener();
        var port = Tool.FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var authorizations = new List<string?>();
        var camera = Task.Run(
            async () =>
            {
                for (var connection = 0; connection < 3; connection++)
                {
                    var context = await listener.GetContextAsync();
                    authorizations.Add(context.Request.Headers["Authorization"]);
                    if (connection == 1)
                    {
                        context.Response.StatusCode = 503;
                        context.Response.Close();
                        continue;
                    }

                    context.Response.ContentType = "multipart/x-mixed-replace; boundary=frame";
                    context.Response.SendChunked = true;
                    for (var i = 0; i < 2; i++)
                    {
                        var jpeg = ImageCodec.EncodeJpeg(Scenes.Of(40, 30, connection * 2 + i));
                        await context.Response.OutputStream.WriteAsync(Encoding.ASCII.GetBytes($"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {jpeg.Length}\r\n\r\n"), Cancel);
                        await context.Response.OutputStream.WriteAsync(jpeg, Cancel);
                        await context.Response.OutputStream.WriteAsync("\r\n"u8.ToArray(), Cancel);
                    }

                    context.Response.Close();
                }
            },
            Cancel);
        using var said = new StringWriter();
        var source = FrameSource.Parse($"http://roof:secret@127.0.0.1:{port}/stream?key=secret", Edge.Session(said));
        Assert.True(source.IsLive);
        var frames = new List<Frame>();
        await foreach (var frame in source.ReadAsync(Cancel))
        {
            Assert.Equal((40, 30), (frame.DecodeFor(null).Image.Width, frame.DecodeFor(null).Image.Height));
            frames.Add(frame);
            if (frames.Count == 4)
                break;
        }

        await camera;
        Assert.Equal(["00000000", "00000001", "00000002", "00000003"], frames.Select(frame => frame.Name));
        Assert.All(authorizations, each => Assert.Equal("Basic " + Convert.ToBase64String("roof:secret"u8), each));
        Assert.Contains("answered 503", said.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", source.Name + said, StringComparison.Ordinal);
    }
}
