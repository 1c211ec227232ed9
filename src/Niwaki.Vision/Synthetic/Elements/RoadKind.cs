namespace Niwaki.Vision;

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
