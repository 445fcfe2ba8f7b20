package brand

import (
	"bytes"
	"errors"
	"image"
	"image/png"

	_ "golang.org/x/image/webp"
	_ "image/gif"  // decoders of what may be uploaded
	_ "image/jpeg" // …

	"golang.org/x/image/draw"
)

// LogoType is the media type of what is kept.
const LogoType = "image/png"

// Limits of a logo (R104), and the size that is kept of it: the largest one shown is
// 40 px high, on screens with up to four dots to a pixel.
const (
	LogoMaxBytes  = 1 << 20
	LogoMaxPixels = 4_000_000
	logoWidth     = 512
	logoHeight    = 160
)

// Why a file is no logo. The texts are for whoever uploaded it.
var (
	ErrLogoLarge  = errors.New("The file is larger than 1 MiB. Export the logo smaller; 512 pixels are wide enough.")
	ErrLogoPixels = errors.New("The picture has more than 4 million pixels. Export the logo smaller; 512 pixels are wide enough.")
	ErrLogoSVG    = errors.New("SVG is not taken, as it can hold scripts. Export the logo as PNG, 512 pixels wide or more.")
	ErrLogoKind   = errors.New("This file is no picture that can be read. Use PNG, JPEG, GIF or WebP.")
)

// Logo turns an uploaded picture into a PNG that holds its pixels and nothing else: no
// metadata, no text, nothing behind the picture (R104). Large ones are made smaller; of a
// moving picture the first frame stays. Size and pixels are limited before anything is
// decoded.
func Logo(file []byte) ([]byte, error) {
	if len(file) > LogoMaxBytes {
		return nil, ErrLogoLarge
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		if head := bytes.ToLower(file[:min(len(file), 1024)]); bytes.Contains(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<?xml")) {
			return nil, ErrLogoSVG
		}
		return nil, ErrLogoKind
	}
	if config.Width < 1 || config.Height < 1 {
		return nil, ErrLogoKind
	}
	if int64(config.Width)*int64(config.Height) > LogoMaxPixels {
		return nil, ErrLogoPixels
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, ErrLogoKind
	}
	var out bytes.Buffer
	if err := png.Encode(&out, smaller(picture)); err != nil {
		return nil, ErrLogoKind
	}
	return out.Bytes(), nil
}

// smaller redraws a picture, so that it fits.
func smaller(from image.Image) image.Image {
	size := from.Bounds().Size()
	scale := min(1, logoWidth/float64(size.X), logoHeight/float64(size.Y))
	to := image.NewNRGBA(image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale))))
	draw.CatmullRom.Scale(to, to.Bounds(), from, from.Bounds(), draw.Src, nil)
	return to
}
