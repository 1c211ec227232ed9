namespace Niwaki.Edge;

/// <summary>What is answered of a picture as JSON.</summary>
internal sealed record SegmentAnswer
{
    public required string Bundle { get; init; }

    public required long Revision { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Mean over the pixels of the largest probability.</summary>
    public double? Confidence { get; init; }

    /// <summary>0, sure, to 1, all classes alike.</summary>
    public double? Entropy { get; init; }

    /// <summary>Those that are there, the largest first.</summary>
    public required IReadOnlyList<ClassArea> Classes { get; init; }

    /// <summary>What the watch says of it; absent where it was not watched.</summary>
    public WatchAnswer? Watch { get; init; }

    /// <summary>Where the time went.</summary>
    public required FrameMilliseconds Milliseconds { get; init; }

    /// <summary>PNG in base64, grey value = class, where it was asked for.</summary>
    public byte[]? Labels { get; init; }
}

/// <summary>A class of a picture.</summary>
internal sealed record ClassArea(int Index, string Name, string Color, double Area);

/// <summary>What the watch says.</summary>
internal sealed record WatchAnswer(bool Unsure, bool Foreign, double? Strangeness, bool Alarm);
