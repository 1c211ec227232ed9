using System.Security.Cryptography;

namespace Niwaki.Vision.Tests.Synthetic;

public sealed class SyntheticDataSourceTests
{
    private static readonly SyntheticDataSource Source = new();

    [Fact]
    public void The_same_seed_split_and_number_give_the_same_bytes()
    {
        for (var scene = 0; scene < 12; scene++)
            Assert.Equal(HashOf(Source.OpenUncached(Split.Train).Load(scene)), HashOf((Source with { Train = 40, Validation = 7 }).OpenUncached(Split.Train).Load(scene)));
    }

    [Fact]
    public void Another_seed_split_or_number_gives_another_scene()
    {
        string[] hashes =
        [
            HashOf(Source.Open(Split.Train).Load(3)), HashOf(Source.Open(Split.Train).Load(4)), HashOf(Source.Open(Split.Validation).Load(3)),
            HashOf((Source with { Seed = 2 }).Open(Split.Train).Load(3)), HashOf((Source with { Seed = -1 }).Open(Split.Train).Load(3)),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void Many_threads_draw_what_one_draws()
    {
        var alone = Source.OpenUncached(Split.Train);
        var shared = Source.OpenUncached(Split.Train);
        var serial = Enumerable.Range(0, 40).Select(i => HashOf(alone.Load(i))).ToArray();
        var parallel = new string[40];
        Parallel.For(0, 80, i => parallel[i % 40] = HashOf(shared.Load(i % 40)));
        Assert.Equal(serial, parallel);
    }

    [Theory]
    [InlineData(128, 128)]
    [InlineData(96, 64)]
    [InlineData(40, 150)]
    public void Pictures_and_labels_have_the_asked_size_and_only_known_classes(int width, int height)
    {
        var set = (Source with { Width = width, Height = height }).Open(Split.Validation);
        for (var scene = 0; scene < 25; scene++)
        {
            var sample = set.Load(scene);
            Assert.Equal((width, height, width * height * 3), (sample.Image.Width, sample.Image.Height, sample.Image.Pixels.Length));
            Assert.Equal((width, height, width * height), (sample.Labels!.Width, sample.Labels.Height, sample.Labels.Labels.Length));
            Assert.All(sample.Labels.Labels, label => Assert.InRange(label, 0, 13));
        }
    }

    [Fact]
    public void Counting_classes_without_colours_gives_the_counts_of_the_drawn_labels()
    {
        var set = Source.OpenUncached(Split.Train);
        for (var scene = 0; scene < 80; scene++)
        {
            var counts = new long[14];
            foreach (var label in set.Load(scene).Labels!.Labels)
                counts[label]++;
            Assert.Equal(counts, set.ClassPixels(scene));
        }
    }

    [Fact]
    public void All_classes_occur_with_a_realistic_imbalance_and_people_are_the_rarest()
    {
        var set = Source.OpenUncached(Split.Train);
        const int scenes = 300;
        var pixels = new double[14];
        var occurs = new int[14];
        for (var scene = 0; scene < scenes; scene++)
        {
            var counts = set.ClassPixels(scene);
            for (var label = 0; label < 14; label++)
            {
                pixels[label] += counts[label] / (128.0 * 128 * scenes);
                occurs[label] += counts[label] > 0 ? 1 : 0;
            }
        }

        Assert.InRange(pixels[LpcvClasses.Background], 0.4, 0.7);
        Assert.InRange(pixels[LpcvClasses.Person], 0.0002, 0.002);
        Assert.Equal(LpcvClasses.Person, Array.IndexOf(pixels, pixels.Min()));
        for (var label = 0; label < 14; label++)
        {
            Assert.True(occurs[label] >= scenes * 0.04, $"{LpcvClasses.All[label].Name} is in {occurs[label]} of {scenes} scenes");
            if (label != LpcvClasses.Person)
                Assert.InRange(pixels[label], 0.001, 0.7);
        }
    }

    [Fact]
    public void Scenes_have_contrast_and_are_not_clipped()
    {
        var set = Source.Open(Split.Train);
        for (var scene = 0; scene < 40; scene++)
        {
            var image = set.Load(scene).Image.Pixels;
            var mean = image.Average(value => (double)value);
            var spread = Math.Sqrt(image.Average(value => (value - mean) * (value - mean)));
            Assert.True(spread > 8, $"scene {scene} is flat: {spread}");
            Assert.True(image.Count(value => value is 0 or 255) < image.Length * 0.5, $"scene {scene} is clipped");
        }
    }

    [Fact]
    public void It_is_called_synthetic_and_keeps_its_options_in_JSON()
    {
        var vocabulary = new Vocabulary(typeof(SyntheticDataSource).Assembly);
        var source = new SyntheticDataSource { Width = 64, Seed = 9, Train = 30 };
        var json = vocabulary.Write<DataSource>(source);
        Assert.Contains("\"kind\": \"synthetic\"", json, StringComparison.Ordinal);
        Assert.Equal(source, vocabulary.Read<DataSource>(json, "test"));
        Assert.Equal(Source, DataSources.Detect("synthetic", vocabulary));
    }

    [Fact]
    public void The_digest_follows_every_option()
    {
        SyntheticDataSource[] sources = [Source, Source with { Width = 64 }, Source with { Height = 64 }, Source with { Train = 5 }, Source with { Validation = 5 }, Source with { Seed = 5 }];
        Assert.Equal(sources.Length, sources.Select(source => source.Digest()).Distinct().Count());
        Assert.Equal(Source.Digest(), new SyntheticDataSource().Digest());
    }

    [Fact]
    public void Impossible_sizes_and_counts_are_the_users_to_mend()
    {
        foreach (var source in (SyntheticDataSource[])[Source with { Width = 0 }, Source with { Height = 100_000 }, Source with { Train = 0 }, Source with { Validation = -1 }])
            Assert.Throws<StageException>(() => source.Open(Split.Train));
        Assert.Throws<ArgumentOutOfRangeException>(() => Source.OpenUncached(Split.Train).Load(2000));
        Assert.Throws<ArgumentOutOfRangeException>(() => Source.OpenUncached(Split.Train).ClassPixels(-1));
    }

    private static string HashOf(Sample sample) => Convert.ToHexString(SHA256.HashData([.. sample.Image.Pixels, .. sample.Labels!.Labels]));
}
