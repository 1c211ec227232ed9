namespace Niwaki;

/// <summary>One basic block of a ResNet: two 3 x 3 convolutions beside a shortcut.</summary>
/// <param name="HiddenWidth">Channels between the two convolutions.</param>
public sealed record ResNetBlock(int HiddenWidth);
