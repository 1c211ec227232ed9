namespace Niwaki.Torch;

/// <summary>Pictures without masks as pictures whose every pixel has the label 0, so that what augmentation and letterbox fill stays ignored.</summary>
internal sealed class UnlabelledSet(ISampleSet pictures) : ISampleSet
{
    public int Count => pictures.Count;

    public Sample Load(int index)
    {
        var sample = pictures.Load(index);
        return sample with { Labels = new LabelMap(sample.Image.Width, sample.Image.Height, new byte[sample.Image.Width * sample.Image.Height]) };
    }

    public IReadOnlyList<long> ClassPixels(int index) => [1];
}
