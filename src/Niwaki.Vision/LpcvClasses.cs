namespace Niwaki.Vision;

/// <summary>
/// The 14 classes of the Low-Power Computer Vision Challenge 2023 (segmentation of disaster scenes from the air), in the
/// order of their indices, and colours that stay apart on an overlay.
/// </summary>
public static class LpcvClasses
{
    /// <summary>Everything without a class of its own: ground, plants, snow that lies still.</summary>
    public const byte Background = 0;

    /// <summary>Snow that came down.</summary>
    public const byte Avalanche = 1;

    /// <summary>A building that stands.</summary>
    public const byte BuildingUndamaged = 2;

    /// <summary>A building that is broken, burnt or collapsed.</summary>
    public const byte BuildingDamaged = 3;

    /// <summary>Cracks, fissures and sunken ground.</summary>
    public const byte Cracks = 4;

    /// <summary>Debris, mud and rocks that flowed or lie about.</summary>
    public const byte Debris = 5;

    /// <summary>Flames.</summary>
    public const byte Fire = 6;

    /// <summary>River, flood, lake, sea.</summary>
    public const byte Water = 7;

    /// <summary>Broken ice on a river.</summary>
    public const byte IceJam = 8;

    /// <summary>Lava, glowing or crusted.</summary>
    public const byte Lava = 9;

    /// <summary>People: few pixels, and rare.</summary>
    public const byte Person = 10;

    /// <summary>Clouds of ash that run along the ground.</summary>
    public const byte Pyroclastic = 11;

    /// <summary>Roads, railways, bridges.</summary>
    public const byte Road = 12;

    /// <summary>Cars, lorries, boats.</summary>
    public const byte Vehicle = 13;

    /// <summary>The classes; a class's index is its place.</summary>
    public static ValueList<ClassInfo> All { get; } =
    [
        new("background", "#3f4a3c"),
        new("avalanche", "#9be7ff"),
        new("building_undamaged", "#f2a65a"),
        new("building_damaged", "#a23e8c"),
        new("cracks/fissure/subsidence", "#ffe45e"),
        new("debris/mud/rock_flow", "#8a5a2b"),
        new("fire/flare", "#ff6b00"),
        new("flood/water/river/sea", "#2f6fde"),
        new("ice_jam_flow", "#1fd1c1"),
        new("lava_flow", "#c1121f"),
        new("person", "#ff2fd6"),
        new("pyroclastic_flow", "#b5a7d6"),
        new("road/railway/bridge", "#d9d9d9"),
        new("vehicle", "#7ed321"),
    ];
}
