using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>Pictures that are JPEG and PNG bytes, decoded whenever they are asked for, as files are.</summary>
internal sealed class JpegSet(ISampleSet source) : ISampleSet
{
    private readonly (string Id, byte[] Image, byte[] Mask)[] encoded =
        [.. Enumerable.Range(0, source.Count).Select(source.Load).Select(sample => (sample.Id, ImageCodec.EncodeJpeg(sample.Image, 95), ImageCodec.EncodePng(sample.Labels!)))];

    public int Count => encoded.Length;

    public Sample Load(int index) => new(encoded[index].Id, ImageCodec.Decode(encoded[index].Image, encoded[index].Id), ImageCodec.DecodeMask(encoded[index].Mask, encoded[index].Id));

    public IReadOnlyList<long> ClassPixels(int index) => source.ClassPixels(index);
}
