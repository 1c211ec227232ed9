namespace Niwaki.Vision;

/// <summary>A cloud of ash runs down the slope.</summary>
internal sealed class PyroclasticTheme : SceneTheme
{
    public override (float Least, float Most) Span => (80, 260);

    public override GroundLook Ground(SceneRandom random) => random.Chance(0.5f)
        ? GroundLook.Volcanic(random) with { Relief = random.Range(1.3f, 2.2f) }
        : GroundLook.Choose(random) with { Forest = random.Range(0.1f, 0.5f), Relief = random.Range(1.1f, 2) };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.25f))
            Waters.River(scene);
        if (random.Chance(0.55f))
            RoadNet.Country(scene, 1, 0);
        Houses.Along(scene, 0.15f, 0.4f, wet: false, most: 20);
        Trees.Draw(scene, Count(scene, 6));
        Vehicles.OnRoads(scene, 1);
        if (random.Chance(0.2f))
            LavaFlow.Draw(scene);
        Clouds.Pyroclastic(scene);
        if (random.Chance(0.3f))
            Fires.Spot(scene, scene.Somewhere(random, 0.1f), random.Range(2, 6));
    }
}
