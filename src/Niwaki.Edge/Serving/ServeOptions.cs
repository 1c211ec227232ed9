using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Niwaki.Edge;

/// <summary>How the model is served.</summary>
internal sealed record ServeOptions
{
    /// <summary>Where it listens: on this machine alone, unless told otherwise.</summary>
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 8080);

    /// <summary>Requests that may wait for the model.</summary>
    public int Queue { get; init; } = 32;

    /// <summary>Largest body.</summary>
    public Bytes MaxBytes { get; init; } = new(16_000_000);

    /// <summary>Bodies of all requests together.</summary>
    public Bytes MaxBodies { get; init; } = new(64_000_000);

    /// <summary>Largest picture.</summary>
    public long MaxPixels { get; init; } = 16_000_000;

    /// <summary>Whether JPEG pictures are decoded at a fraction of their size where that is enough for the model.</summary>
    public bool DecodesFast { get; init; }

    /// <summary>Most connections.</summary>
    public int Connections { get; init; } = 256;

    /// <summary>Longest time from a request's first byte to its answer.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long requests in progress may take when the program is asked to stop.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What <c>/v1</c> and <c>/metrics</c> ask for; <see langword="null"/> where anybody may.</summary>
    public BearerToken? Token { get; init; }

    /// <summary>For TLS; <see langword="null"/> without it.</summary>
    public X509Certificate2? Certificate { get; init; }
}
