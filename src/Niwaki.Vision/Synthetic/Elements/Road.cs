namespace Niwaki.Vision;

/// <summary>One road or railway of a scene.</summary>
/// <param name="Path">Where it runs, with its half width.</param>
/// <param name="Half">Half its width, in metres.</param>
/// <param name="Kind">How it looks.</param>
internal sealed record Road(FlowPath Path, float Half, RoadKind Kind);

/// <summary>How a road looks.</summary>
internal enum RoadKind
{
    /// <summary>Asphalt with markings.</summary>
    Street,

    /// <summary>Narrow and worn, without markings.</summary>
    Lane,

    /// <summary>Earth and gravel.</summary>
    Dirt,

    /// <summary>Rails on ballast.</summary>
    Railway,
}
