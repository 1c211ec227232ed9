namespace Niwaki;

/// <summary>Where models come from and where they are kept, as Hugging Face's own programs are told by the environment.</summary>
internal sealed record HubOptions
{
    /// <summary>Address of the hub.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The folder of all models.</summary>
    public required string Cache { get; init; }

    /// <summary>Sent to <see cref="Endpoint"/> and to no other host.</summary>
    public string? Token { get; init; }

    /// <summary>Whether only the cache is asked.</summary>
    public bool Offline { get; init; }

    /// <summary>Most that one model may take.</summary>
    public Bytes Most { get; init; } = new(4_000_000_000);

    /// <summary>How often a connection that breaks off is made again.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The first pause before that; each further one is twice as long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for an answer, or for its next byte.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>HF_ENDPOINT, HF_HUB_CACHE, HF_HOME (else XDG_CACHE_HOME or ~/.cache), HF_TOKEN, HF_HUB_OFFLINE.</summary>
    /// <param name="variable">Reads the environment.</param>
    public static HubOptions From(Func<string, string?> variable)
    {
        var home = Given("HF_HOME") ?? Path.Combine(Given("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        var usual = new HubOptions { Cache = Given("HF_HUB_CACHE") ?? Path.Combine(home, "hub"), Token = Given("HF_TOKEN"), Offline = Given("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON" };
        if (Given("HF_ENDPOINT") is not { } address)
            return usual;
        return Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var endpoint) && endpoint.Scheme is "https" or "http" && (endpoint.Scheme == "https" || endpoint.IsLoopback || usual.Token is null)
            ? usual with { Endpoint = endpoint }
            : throw new StageException($"HF_ENDPOINT is '{address}', but an address that begins with https:// is needed (http:// only without HF_TOKEN, or on this machine).");

        string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }
}
