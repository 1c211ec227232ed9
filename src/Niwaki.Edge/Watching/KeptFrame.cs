namespace Niwaki.Edge;

/// <summary>Why a frame was kept.</summary>
internal sealed record KeptFrame(DateTimeOffset Time, string Frame, string Device, string Bundle, bool Unsure, bool Foreign, double? Strangeness, double? Confidence);
