using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Niwaki.Edge;

/// <summary>A body in memory. What all bodies together may take is bounded, and taken as they arrive, so that slow senders hold little.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int Chunk = 64 << 10;

    private readonly Allowance allowance;
    private byte[] buffer = [];
    private int length;

    private RequestBody(Allowance allowance) => this.allowance = allowance;

    /// <summary>What came.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    /// <summary>Reads all of it.</summary>
    /// <exception cref="Refusal">Too large, empty, or too much in memory already.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, Allowance allowance, ServeOptions options, CancellationToken cancel)
    {
        if (request.ContentLength > options.MaxBytes.Value)
            throw TooLarge(options);
        var body = new RequestBody(allowance);
        try
        {
            while (true)
            {
                body.Grow(request.ContentLength, options);
                var count = await request.Body.ReadAsync(body.buffer.AsMemory(body.length), cancel);
                if (count == 0)
                    break;
                body.length += count;
                if (body.length > options.MaxBytes.Value)
                    throw TooLarge(options);
            }

            return body.length > 0 ? body : throw new Refusal(StatusCodes.Status400BadRequest, "The body is empty, but a JPEG, PNG or WebP picture is needed.");
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        allowance.Return(buffer.Length);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        (buffer, length) = ([], 0);
    }

    private void Grow(long? announced, ServeOptions options)
    {
        if (length < buffer.Length)
            return;
        // as much again as has come, and not what was promised
        var wanted = (int)Math.Min(Math.Max(Chunk, buffer.Length * 2L), Math.Max(1, Math.Min(announced ?? long.MaxValue, options.MaxBytes.Value) + 1));
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, length + 1));
        if (!allowance.Take(larger.Length - buffer.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw new Refusal(StatusCodes.Status503ServiceUnavailable, "Too many large requests are on their way at the same time.") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        buffer.AsSpan(0, length).CopyTo(larger);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private static Refusal TooLarge(ServeOptions options) => new(StatusCodes.Status413PayloadTooLarge, $"The body has more than {options.MaxBytes}. Send a smaller picture, or start the server with a larger --max-bytes.");

    /// <summary>Bytes that all requests share.</summary>
    internal sealed class Allowance(long most)
    {
        private long taken;

        public bool Take(long bytes)
        {
            if (Interlocked.Add(ref taken, bytes) <= most)
                return true;
            Interlocked.Add(ref taken, -bytes);
            return false;
        }

        public void Return(long bytes) => Interlocked.Add(ref taken, -bytes);
    }
}
