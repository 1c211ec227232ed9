namespace Niwaki.Edge;

/// <summary>What <c>/v1/model</c> tells.</summary>
internal sealed record ModelAnswer
{
    public required string Bundle { get; init; }

    public required long Revision { get; init; }

    public required string Digest { get; init; }

    /// <summary>Whether its signature was checked.</summary>
    public required string Trust { get; init; }

    public required string Artifact { get; init; }

    public required DateTimeOffset Made { get; init; }

    public required string Device { get; init; }

    public required string Engine { get; init; }

    public required int Threads { get; init; }

    public required int Lanes { get; init; }

    public required string Program { get; init; }

    public required int Opset { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required string Resize { get; init; }

    public required IReadOnlyList<ModelClass> Classes { get; init; }

    public required bool Watched { get; init; }
}

/// <summary>A class of the model.</summary>
internal sealed record ModelClass(int Index, string Name, string Color);
