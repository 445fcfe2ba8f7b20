package brand

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func picture(w, h int) image.Image {
	m := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.RGBA{200, 30, 30, 255}})
	for x := range w {
		m.SetColorIndex(x, h/2, 1)
	}
	return m
}

func written(t testing.TB, as string, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	var err error
	switch as {
	case "png":
		err = png.Encode(&out, m)
	case "jpeg":
		err = jpeg.Encode(&out, m, nil)
	case "gif":
		err = gif.Encode(&out, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// flood is a PNG that says it is as large as no picture should be.
func flood(w, h uint32) []byte {
	chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	chunk = append(chunk, 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

// tinyWebP is one white pixel.
var tinyWebP = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

// R104: what is kept is a PNG of ours, whatever came.
func TestLogoIsNothingButItsPixels(t *testing.T) {
	polyglot := append(written(t, "png", picture(40, 20)), "<script>alert(1)</script><?php system('id') ?>"...)
	for name, tt := range map[string]struct {
		file []byte
		w, h int
		err  error
	}{
		"a PNG":                      {written(t, "png", picture(40, 20)), 40, 20, nil},
		"a JPEG":                     {written(t, "jpeg", picture(40, 20)), 40, 20, nil},
		"a GIF":                      {written(t, "gif", picture(40, 20)), 40, 20, nil},
		"a WebP":                     {tinyWebP, 1, 1, nil},
		"a wide one is made smaller": {written(t, "png", picture(1600, 400)), 512, 128, nil},
		"a high one too":             {written(t, "png", picture(10, 1600)), 1, 160, nil},
		"a picture with a script":    {polyglot, 40, 20, nil},
		"a script that says GIF":     {[]byte("GIF89a=1;alert(1)//"), 0, 0, ErrLogoPixels}, // 24,893 by 27,953 pixels
		"an SVG":                     {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), 0, 0, ErrLogoSVG},
		"an SVG behind its prolog":   {[]byte("<?xml version=\"1.0\"?>\n<!-- x --><SVG/>"), 0, 0, ErrLogoSVG},
		"a flood of pixels":          {flood(65535, 65535), 0, 0, ErrLogoPixels},
		"a line without an end":      {flood(1, 4_000_001), 0, 0, ErrLogoPixels},
		"a picture that breaks off":  {written(t, "png", picture(40, 20))[:50], 0, 0, ErrLogoKind},
		"a large file":               {bytes.Repeat([]byte{0}, LogoMaxBytes+1), 0, 0, ErrLogoLarge},
		"text":                       {[]byte("../../etc/passwd"), 0, 0, ErrLogoKind},
		"nothing":                    {nil, 0, 0, ErrLogoKind},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Logo(tt.file)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("%v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			m, kind, err := image.DecodeConfig(bytes.NewReader(got))
			if err != nil || kind != "png" || m.Width != tt.w || m.Height != tt.h {
				t.Errorf("%s of %d × %d, %v", kind, m.Width, m.Height, err)
			}
			if strings.Contains(string(got), "script") {
				t.Error("the script came through")
			}
		})
	}
}

func FuzzLogo(f *testing.F) {
	for _, as := range []string{"png", "jpeg", "gif"} {
		f.Add(written(f, as, picture(8, 4)))
	}
	f.Add(tinyWebP)
	f.Add(flood(9, 9))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, err := Logo(file)
		if err != nil {
			return
		}
		m, err := png.Decode(bytes.NewReader(out))
		if err != nil || m.Bounds().Dx() > logoWidth || m.Bounds().Dy() > logoHeight {
			t.Errorf("%v %v", m, err)
		}
	})
}
