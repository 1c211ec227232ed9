using System.Net;

namespace Niwaki.Edge.Tests;

/// <summary>A body that comes in two halves with a pause between them.</summary>
internal sealed class SlowContent(byte[] bytes, TimeSpan pause) : HttpContent
{
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When the first half is on its way.</summary>
    public Task Begun => begun.Task;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        await stream.FlushAsync();
        begun.TrySetResult();
        await Task.Delay(pause);
        await stream.WriteAsync(bytes.AsMemory(bytes.Length / 2));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
