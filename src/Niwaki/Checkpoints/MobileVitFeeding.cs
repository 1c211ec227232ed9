namespace Niwaki;

/// <summary>The original MobileViT checkpoints see pixels from 0 to 1 without any normalisation, at 256 pixels.</summary>
internal static class MobileVitFeeding
{
    public static Preprocess Of(Preprocess usual) => usual with
    {
        Width = usual.Resize == ResizeMode.CenterCrop ? 256 : usual.Width,
        Height = usual.Resize == ResizeMode.CenterCrop ? 256 : usual.Height,
        Mean = [0, 0, 0],
        Std = [1, 1, 1],
    };
}
