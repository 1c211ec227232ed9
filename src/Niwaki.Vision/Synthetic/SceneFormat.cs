namespace Niwaki.Vision;

/// <summary>How pictures of scenes are stored; masks are always PNG.</summary>
public enum SceneFormat
{
    /// <summary>Without loss.</summary>
    Png,

    /// <summary>A fifth of the size, with the traces that a drone's camera leaves.</summary>
    Jpeg,
}
