"""A small ACT: a CVAE transformer, from three cameras and a state to a chunk of actions."""

import torch
from torch import Tensor, nn

from config import PolicyConfig
from data import ACTION_KEY, IMAGE_KEYS, JOINTS, PIXELS, STATE_KEY, Batch


class ACTPolicy(nn.Module):
    """Camera encoders (the backbone), a VAE encoder over the actions, and an encoder-decoder."""

    def __init__(self, cfg: PolicyConfig, state_mean: Tensor, state_std: Tensor) -> None:
        """Fresh weights from torch's global generator; the state is normalized inside."""
        super().__init__()
        d = cfg.dim_model
        self.cfg = cfg
        self.register_buffer("state_mean", state_mean)
        self.register_buffer("state_std", state_std)
        self.backbone = nn.ModuleList(_camera_encoder(d) for _ in IMAGE_KEYS)
        self.state_in, self.action_in = nn.Linear(JOINTS, d), nn.Linear(JOINTS, d)
        self.latent_in = nn.Linear(cfg.latent_dim, d)
        self.latent_out = nn.Linear(d, 2 * cfg.latent_dim)
        self.cls = nn.Parameter(torch.randn(1, 1, d) * 0.02)
        self.vae_position = nn.Parameter(torch.randn(1, cfg.chunk_size + 2, d) * 0.02)
        self.position = nn.Parameter(torch.randn(1, 2 + len(IMAGE_KEYS), d) * 0.02)
        self.query = nn.Parameter(torch.randn(1, cfg.chunk_size, d) * 0.02)
        shape = (d, cfg.n_heads, cfg.dim_feedforward, cfg.dropout)
        self.vae_encoder = _encoder(*shape, cfg.n_vae_encoder_layers)
        self.encoder = _encoder(*shape, cfg.n_encoder_layers)
        layer = nn.TransformerDecoderLayer(*shape, batch_first=True)
        self.decoder = nn.TransformerDecoder(layer, cfg.n_decoder_layers)
        self.action_out = nn.Linear(d, JOINTS)

    def embed(self, batch: Batch) -> dict[str, Tensor]:
        """One embedding per camera (n x dim_model), which the policy and the OT cost share."""
        pairs = zip(IMAGE_KEYS, self.backbone, strict=True)
        return {key: encoder(batch[key]) for key, encoder in pairs}

    def forward(self, batch: Batch, embeds: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """L1 error and KL divergence of each sample; in eval mode the latent is zero and KL too."""
        state = self.state_in((batch[STATE_KEY] - self.state_mean) / self.state_std)
        action = batch[ACTION_KEY]
        z = torch.zeros(len(action), self.cfg.latent_dim)
        kld = torch.zeros(len(action))
        if self.training:
            z, kld = self._posterior(state, action)
        tokens = torch.stack([self.latent_in(z), state, *(embeds[key] for key in IMAGE_KEYS)], 1)
        memory = self.encoder(tokens + self.position)
        chunk = self.decoder(self.query.expand(len(action), -1, -1), memory)
        return (self.action_out(chunk) - action).abs().mean((1, 2)), kld

    def _posterior(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        cls = self.cls.expand(len(action), -1, -1)
        tokens = torch.cat([cls, state[:, None], self.action_in(action)], 1) + self.vae_position
        mu, logvar = self.latent_out(self.vae_encoder(tokens)[:, 0]).chunk(2, -1)
        z = mu + (logvar / 2).exp() * torch.randn_like(mu)
        return z, -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1)


def _camera_encoder(d: int) -> nn.Module:
    return nn.Sequential(nn.Linear(PIXELS, 64), nn.ReLU(), nn.Linear(64, d), nn.LayerNorm(d))


def _encoder(d: int, heads: int, feedforward: int, dropout: float, layers: int) -> nn.Module:
    layer = nn.TransformerEncoderLayer(d, heads, feedforward, dropout, batch_first=True)
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
